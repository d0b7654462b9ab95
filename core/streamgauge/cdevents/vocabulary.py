"""Every CDEvents type there is: the released ones, listed in vocabulary.txt, and custom ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from types import MappingProxyType

from streamgauge.cdevents import table
from streamgauge.errors import UnknownName

PREFIX = "dev.cdevents."
CUSTOM_PREFIX = "dev.cdeventsx."

# One digit for each part of the version, and no dash but the one: so the specification has it.
CUSTOM_SUBJECT = "[a-zA-Z0-9]+-[a-zA-Z]+"
CUSTOM_NAME = rf"dev\.cdeventsx\.({CUSTOM_SUBJECT})\.([a-zA-Z]+)\.([0-9]\.[0-9]\.[0-9])"

_CUSTOM = re.compile(CUSTOM_NAME)


@dataclass(frozen=True, slots=True)
class EventType:
    """One version of an event type.

    `subject` is ``"service"``, or ``"tool-subject"`` for a custom type. `version` is that of the
    type itself, not of the specification. `releases` are the releases of the specification that
    have this version, oldest first. `content` lists the members of `subject.content` in the
    notation that vocabulary.txt explains.
    """

    name: str
    subject: str
    predicate: str
    version: str
    releases: tuple[str, ...]
    content: str = field(repr=False)

    @property
    def specversion(self) -> str:
        """The newest release of the specification that has this type, ``"0.5.1"``."""
        return self.releases[-1]

    @property
    def custom(self) -> bool:
        """Whether this is a custom event, one outside the vocabulary."""
        return self.name.startswith(CUSTOM_PREFIX)

    @property
    def kind(self) -> str:
        """``"service.deployed"``; of a custom type, the whole type without its version."""
        kind = f"{self.subject}.{self.predicate}"
        return f"{CUSTOM_PREFIX}{kind}" if self.custom else kind

    @property
    def subject_type(self) -> str:
        """What `subject.type` says in the releases that have it, ``"pipelineRun"``."""
        return _SPELLED.get(self.subject, self.subject)

    def of(self, release: str) -> EventType:
        """This version as that one of its releases has it, which is then its `specversion`."""
        return replace(self, releases=(release,))


def newest(kind: str) -> EventType:
    """The type to send today for `kind`.

    `kind` is ``"service.deployed"`` for a type of the vocabulary, or a whole custom type,
    ``"dev.cdeventsx.tool-subject.predicate.0.1.0"``, which is returned as it is.

    Raises UnknownName for a kind that the newest release does not have, be it that it never was
    one or that it was withdrawn (testcase.finished), and for a custom type that is malformed.
    """
    event_type = _NEWEST.get(kind) or _custom(kind)
    if event_type is None:
        raise UnknownName("CDEvents type", kind, _NEWEST)
    return event_type


def latest(kind: str) -> EventType:
    """The type for `kind` as the newest release that has the kind has it, withdrawn or not.

    `kind` is as for `newest`. Raises UnknownName for one that no release has.
    """
    versions = [custom] if (custom := _custom(kind)) else VERSIONS.get(kind)
    if versions is None:
        raise UnknownName("CDEvents type", kind, VERSIONS)
    return versions[-1].of(versions[-1].specversion)


def lookup(type_name: str) -> EventType | None:
    """The type of that name, version and all, if it is released or a well-formed custom type."""
    return RELEASED.get(type_name) or _custom(type_name)


def in_release(kind: str, release: str) -> EventType | None:
    """The type that `release` has for `kind`, in the form of that release; None if it has none.

    `kind` is as for `newest`, and may be a withdrawn one.

    Raises UnknownName for a release that is none of RELEASES.
    """
    if release not in RELEASES:
        raise UnknownName("release of CDEvents", release, RELEASES)
    custom = _custom(kind)
    for event_type in [custom] if custom else VERSIONS.get(kind, ()):
        if release in event_type.releases:
            return event_type.of(release)
    return None


def kind_of(type_name: str) -> str | None:
    """``"service.deployed"`` for each version of it; a custom type without its version.

    None for what `lookup` does not know.
    """
    kind = _KINDS.get(type_name)
    if kind is None and _CUSTOM.fullmatch(type_name):
        return type_name[: -len(".0.0.0")]
    return kind


def _custom(name: str) -> EventType | None:
    match = _CUSTOM.fullmatch(name)
    if match is None:
        return None
    subject, predicate, version = match.groups()
    content = ENVELOPE["custom", CUSTOM_RELEASES[-1]]
    return EventType(name, subject, predicate, version, CUSTOM_RELEASES, content)


def _event_types(rows: Iterable[table.Row]) -> Mapping[str, EventType]:
    """The types of the section ``events`` by name; versions of one kind stand oldest first."""
    histories: dict[str, list[table.Row]] = {}
    history: list[table.Row] = []
    for kind, *columns in rows:
        if columns[0].startswith("as "):
            histories[kind] = histories[columns[0].removeprefix("as ")]
            continue
        if kind:
            history = histories[kind] = []
        version, releases, content = columns
        history.append([version, releases, history[-1][2] if content == "=" else content])
    types = (_event_type(kind, *columns) for kind in histories for columns in histories[kind])
    return MappingProxyType({event_type.name: event_type for event_type in types})


def _event_type(kind: str, version: str, releases: str, content: str) -> EventType:
    subject, predicate = kind.split(".")
    name = f"{PREFIX}{kind}.{version}"
    return EventType(name, subject, predicate, version, table.names(releases), content)


TABLE = table.load()
"""The sections of vocabulary.txt."""

RELEASED: Mapping[str, EventType] = _event_types(TABLE["events"])
"""Every released type by its name; versions of one kind stand together, oldest first."""

ENVELOPE: Mapping[tuple[str, str], str] = {
    (part, release): members
    for part, releases, members in TABLE["envelope"]
    for release in table.names(releases)
}
"""The members of a part of the envelope in a release, ``ENVELOPE["context", "0.5.1"]``."""

CUSTOM_RELEASES = tuple(release for part, release in ENVELOPE if part == "custom")
"""The releases that have custom events, oldest first."""

RELEASES = tuple(release for part, release in ENVELOPE if part == "document")
"""The releases of the specification, oldest first."""

_RELEASE = re.compile(r"(\d{1,5})\.(\d{1,5})\.\d{1,5}(?:-[0-9A-Za-z.-]+)?", re.ASCII)


def line_of(release: str) -> tuple[int, int] | None:
    """The line of a release, ``(0, 5)`` for ``"0.5.1"``, whose patches are one; None for what is
    no release's name."""
    match = _RELEASE.fullmatch(release)
    return None if match is None else (int(match[1]), int(match[2]))


VERSIONS: Mapping[str, Sequence[EventType]] = {
    kind: tuple(versions)
    for kind, versions in groupby(RELEASED.values(), key=lambda event_type: event_type.kind)
}
"""The versions of each kind, oldest first."""

_SPELLED = dict(TABLE["subjects"])
_KINDS = {name: event_type.kind for name, event_type in RELEASED.items()}
_NEWEST = {
    kind: versions[-1]
    for kind, versions in VERSIONS.items()
    if versions[-1].specversion == RELEASES[-1]
}
