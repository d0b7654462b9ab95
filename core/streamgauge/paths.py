"""The paths that plugins bring: what a template may be, and who has which.

Below ``/v1/`` they have names: of lists, and of receivers that only operators may use.

A template is a path of which whole segments may be names in braces, which stand for anything but a
slash: ``/plugins/webhook/connections/{connection}/issues``. The first segment is never one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

RESERVED: Final = frozenset(
    {
        *("assets", "cdevents", "cloudevents", "deploy-frequency", "docs", "healthz", "metrics"),
        *("openapi.json", "problems", "readyz", "v1", "webhooks"),
    }
)
"""The first segments of the service's own paths, those that it will have included."""

OWN_NAMES: Final = frozenset(
    {
        *("dead-letters", "definitions", "events", "explain", "lineage", "live", "metrics"),
        *("overview", "plugins", "projections", "routes", "teams"),
    }
)
"""What stands behind ``/v1/`` in the service's own paths, those that it will have included."""

ADMIN: Final[Literal["admin"]] = "admin"
"""The `needs_token` of a receiver that takes what operators say, at ``POST /v1/<name>`` too."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,49}", re.ASCII)
_LITERAL = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]+", re.ASCII)
_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}", re.ASCII)


class Paths:
    """Which path is whose, over all plugins."""

    def __init__(self) -> None:
        self._taken: list[tuple[list[str], str]] = [
            (["v1", name], "Streamgauge") for name in sorted(OWN_NAMES)
        ]

    def claim(self, item: Any) -> None:
        """Take the paths of a receiver or an endpoint, all or none.

        Raises ValueError for what is no template, and where a path would be two things'.
        """
        named = [_named(item.name)] if is_for_operators(item) else []
        self._claim(item.name, [*named, *map(_segments, paths_of(item))])

    def claim_receiver(self, item: Any) -> None:
        """Take the paths of a receiver, whose name is a segment of a path too.

        Raises ValueError as `claim`.
        """
        if not _LITERAL.fullmatch(item.name):
            raise ValueError(
                f"{item.name!r} cannot stand behind /webhooks/: A-Z, a-z, 0-9 and ._~- can"
            )
        self.claim(item)

    def claim_names(self, owner: str, names: Iterable[str]) -> None:
        """Take ``/v1/<name>`` for each of the lists, all or none. Raises ValueError as `claim`."""
        self._claim(owner, map(_named, names))

    def _claim(self, name: str, paths: Iterable[list[str]]) -> None:
        taken = list(self._taken)
        for segments in paths:
            for others, owner in taken:
                if _overlap(segments, others):
                    raise ValueError(f"{name!r}: /{'/'.join(segments)} is taken by {owner!r}")
            taken.append((segments, name))
        self._taken = taken


def is_for_operators(item: Any) -> bool:
    """Whether a receiver takes what operators say."""
    return bool(getattr(item, "needs_token", False) == ADMIN)


def paths_of(item: Any) -> Sequence[str]:
    """The templates of a receiver or an endpoint; a receiver need not have any.

    Raises ValueError where it has something else.
    """
    templates = getattr(item, "paths", ())
    if isinstance(templates, str) or not isinstance(templates, Sequence):
        raise ValueError(f"{item.name!r}: paths must be a sequence of texts")
    for template in templates:
        if not isinstance(template, str):
            raise ValueError(f"{item.name!r}: {template!r} is no path")
    return templates


def fields_of(template: str) -> dict[int, str]:
    """The names in a template, by the place of their segment: 0 is the first."""
    return {
        place: match[1]
        for place, segment in enumerate(template.split("/")[1:])
        if (match := _FIELD.fullmatch(segment))
    }


def _named(name: Any) -> list[str]:
    """Raises ValueError for what cannot stand behind ``/v1/``."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no name for /v1/: lower-case letters, digits, _ and -, 50 at most"
        )
    return ["v1", name]


def _segments(template: str) -> list[str]:
    """Raises ValueError, which says what is wrong with the template."""
    root, *segments = template.split("/")
    if root or not segments or not all(map(_is_segment, segments)):
        raise ValueError(
            f"{template!r} is no path such as /parts/{{name}}/parts of A-Z, a-z, 0-9 and ._~-"
        )
    if _FIELD.fullmatch(segments[0]) or segments[0] in RESERVED:
        raise ValueError(f"{template!r} would lie over paths of Streamgauge's own")
    names = list(fields_of(template).values())
    if len(set(names)) < len(names):
        raise ValueError(f"{template!r} has one name twice")
    return segments


def _is_segment(segment: str) -> bool:
    return bool(_LITERAL.fullmatch(segment) or _FIELD.fullmatch(segment))


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether a path may be meant by both templates."""
    return len(one) == len(other) and all(
        a == b or a.startswith("{") or b.startswith("{") for a, b in zip(one, other, strict=True)
    )
