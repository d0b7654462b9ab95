"""Writes the typed constructors from vocabulary.txt: ``python -m streamgauge.cdevents.generate``.

Nothing imports it but a test, which holds the committed files to what it writes.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from streamgauge.cdevents import table
from streamgauge.cdevents.notation import (
    allowed,
    camel,
    is_ref,
    members_of,
    reached_from,
    snake,
    typed,
    words_of,
)
from streamgauge.cdevents.schemas import SHAPES
from streamgauge.cdevents.table import Member
from streamgauge.cdevents.vocabulary import RELEASES, TABLE, VERSIONS, EventType

HERE = Path(__file__).parent

_MEANINGS = dict(TABLE["meanings"])
_NEWEST = [kind[-1] for kind in VERSIONS.values() if kind[-1].specversion == RELEASES[-1]]


def files() -> dict[Path, str]:
    """What each generated file holds, by its path within this package."""
    subjects = {
        subject: list(events) for subject, events in groupby(_NEWEST, key=lambda each: each.subject)
    }
    package = Path("subjects")
    return {
        Path("shapes.py"): _shapes(),
        package / "__init__.py": _package(sorted(subjects)),
        **{package / f"{name}.py": _module(name, events) for name, events in subjects.items()},
    }


def main() -> None:
    """Write the files where they belong."""
    for path, text in files().items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_text(text, encoding="utf-8")


def _package(subjects: list[str]) -> str:
    listed = [f"    {name}," for name in subjects]
    exported = [f'    "{name}",' for name in subjects]
    return _lines(
        '"""Typed constructors: a module for each subject, in it a function for each event."""',
        "",
        "from streamgauge.cdevents.subjects import (",
        *listed,
        ")",
        "",
        "__all__ = [",
        *exported,
        "]",
    )


def _module(subject: str, events: list[EventType]) -> str:
    body = [line for event_type in events for line in ("", "", *_function(event_type))]
    used = set(re.findall(r"\b[A-Za-z]+\b", "\n".join(_annotations(events))))
    shapes = ", ".join(sorted(name for name in map(camel, SHAPES) if name in used))
    abstract = ", ".join(sorted(used & {"Mapping", "Sequence"}))
    helpers = "More, build_event, ref" if "Ref" in used else "More, build_event"
    return _lines(
        f'"""The events of the subject `{subject}`."""',
        "",
        "# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:",
        "# ruff: noqa: A002",
        "",
        "from __future__ import annotations",
        "",
        *([f"from collections.abc import {abstract}"] if abstract else []),
        "from datetime import datetime",
        f"from typing import {'Any, ' if 'Any' in used else ''}Unpack",
        "",
        f"from streamgauge.cdevents.building import {helpers}",
        "from streamgauge.cdevents.event import CDEvent",
        *([f"from streamgauge.cdevents.shapes import {shapes}"] if shapes else []),
        *body,
    )


def _function(event_type: EventType) -> Iterator[str]:
    found = members_of(event_type.content)
    yield f"def {event_type.predicate}("
    for parameter in ("*", "id: str", "source: str", "timestamp: datetime", "subject_id: str"):
        yield f"    {parameter},"
    for member in found:
        yield f"    {snake(member.name)}: {typed(member)},"
    yield "    **more: Unpack[More],"
    yield ") -> CDEvent:"
    yield from _docstring(_MEANINGS[event_type.kind], found, _raises(event_type))
    content = "content" if found else "{}"
    if found:
        yield "    content = {"
        for member in found:
            yield f'        "{member.name}": {_value(member)},'
        yield "    }"
    arguments = f'"{event_type.kind}", id, source, timestamp, subject_id, {content}, **more'
    call = f"    return build_event({arguments})"
    yield from [call] if len(call) <= 100 else _broken(arguments)


def _broken(arguments: str) -> list[str]:
    return ["    return build_event(", f"        {arguments}", "    )"]


def _raises(event_type: EventType) -> str:
    having = [each for known in VERSIONS[event_type.kind] for each in known.releases]
    new = [
        f"`{snake(member.name)}` since {since}"
        for member in members_of(event_type.content)
        if (since := _since(member.name, event_type.kind)) != having[0]
    ]
    also = f" ({', '.join(new)})" if new else ""
    return (
        f"In releases {', '.join(having)}{also}. Raises InvalidCDEvent, with the place, for what "
        "the release does not allow."
    )


def _since(name: str, kind: str) -> str:
    """The oldest release that has the member, under this name or the one that it had before."""
    names = {name, *(older for older, newer in TABLE["renamed"] if newer == name)}
    return next(
        known.releases[0]
        for known in VERSIONS[kind]
        if names & table.members(known.content)[0].keys()
    )


def _shapes() -> str:
    named = {
        name: body
        for name, body in SHAPES.items()
        if name in reached_from(each.content for each in _NEWEST)
    }
    words = [name for name, body in named.items() if body.startswith("(")]
    classes = [name for name in named if name in _MEANINGS]
    return _lines(
        '"""What the typed constructors take beside text: words, references and other shapes."""',
        "",
        "# Written by streamgauge.cdevents.generate.",
        "",
        "from __future__ import annotations",
        "",
        "from dataclasses import dataclass",
        "from typing import Literal",
        "",
        *_alias("Release", RELEASES),
        *(line for name in words for line in _alias(camel(name), words_of(named[name]))),
        *(line for name in classes for line in ("", "", *_class(name))),
    )


def _alias(name: str, words: Iterable[str]) -> Iterator[str]:
    yield f"{name} = Literal["
    for word in words:
        yield f'    "{word}",'
    yield "]"


def _class(name: str) -> Iterator[str]:
    found = members_of(SHAPES[name])
    yield "@dataclass(frozen=True, slots=True)"
    yield f"class {camel(name)}:"
    yield from _docstring(_MEANINGS[name], found)
    yield ""
    if name.startswith("test"):
        yield "    __test__ = False  # pytest takes it for a test otherwise"
        yield ""
    for member in found:
        yield f"    {member.name}: {typed(member)}"


def _docstring(meaning: str, found: list[Member], *paragraphs: str) -> Iterator[str]:
    yield f'    """{meaning[0].upper()}{meaning[1:]}.'
    yield ""
    for member in found:
        yield from _wrapped(f"- `{snake(member.name)}`: {allowed(member.shape)}", hanging=2)
    for paragraph in paragraphs:
        if found:
            yield ""
        yield from _wrapped(paragraph)
    yield '    """'


def _wrapped(text: str, hanging: int = 0) -> list[str]:
    return textwrap.wrap(
        text, 100, initial_indent="    ", subsequent_indent=" " * (4 + hanging)
    )  # fmt: skip


def _annotations(events: Iterable[EventType]) -> list[str]:
    return [typed(member) for each in events for member in members_of(each.content)]


def _value(member: Member) -> str:
    name = snake(member.name)
    return f"ref({name})" if is_ref(member.shape) else name


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
