"""What is called differently in two schemas of one thing, and how a value gets the other names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from streamgauge.cdevents.schemas import Schema
from streamgauge.cdevents.vocabulary import TABLE

COUNTERPART = {a: b for pair in TABLE["renamed"] for a, b in (pair, reversed(pair))}
"""For a name of an older release its newer one, and the other way round."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs for one value; `members` and `within` go by the names it has now."""

    members: Mapping[str, str]
    words: Mapping[str, str]
    within: Mapping[str, Changes]
    missing: frozenset[str]
    """Members that the other schema has not, under no name."""

    def __bool__(self) -> bool:
        return bool(self.members or self.words or self.within or self.missing)


def compare(now: Schema, then: Schema) -> Changes:
    """What a value of the schema `now` must change to be one of `then`."""
    mine, theirs = now.get("properties", {}), then.get("properties", {})
    places = {name: _place(name, mine, theirs) for name in mine}
    inner = {
        name: compare(mine[name], theirs[place])
        for name, place in places.items()
        if place is not None
    }
    return Changes(
        members={name: place for name, place in places.items() if place not in (name, None)},
        words=_words(now.get("enum", []), then.get("enum", [])),
        within={name: changes for name, changes in inner.items() if changes},
        missing=frozenset(name for name, place in places.items() if place is None),
    )


def translated(value: Any, changes: Changes) -> Any:
    """The value with the other names; parts that keep theirs are shared with `value`.

    What the changes do not fit, such as an object where a word belongs, stays as it is.
    """
    if isinstance(value, str):
        return changes.words.get(value, value)
    if not isinstance(value, dict):
        return value
    return {
        _renamed(name, value, changes): (
            translated(part, changes.within[name]) if name in changes.within else part
        )
        for name, part in value.items()
    }


def homeless(value: Any, changes: Changes) -> Iterator[tuple[str, ...]]:
    """The paths of those members of the value that the other schema has not."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name in changes.missing:
                yield (name,)
            elif name in changes.within:
                yield from ((name, *path) for path in homeless(part, changes.within[name]))


def has(described: Schema, path: tuple[str, ...]) -> bool:
    """Whether the schema has a member at that path, under this name or its counterpart."""
    for name in path:
        members = described.get("properties", {})
        found = members.get(name) or members.get(COUNTERPART.get(name, name))
        if found is None:
            return False
        described = found
    return True


def _place(name: str, mine: Schema, theirs: Schema) -> str | None:
    """What the member `name` of `mine` is called in `theirs`, if it is there at all."""
    if name in theirs:
        return name
    other = COUNTERPART.get(name)
    return other if other in theirs and other not in mine else None


def _words(mine: list[str], theirs: list[str]) -> dict[str, str]:
    changed = {word: COUNTERPART.get(word) for word in mine if word not in theirs}
    return {word: other for word, other in changed.items() if other in theirs}


def _renamed(name: str, value: Mapping[str, Any], changes: Changes) -> str:
    new = changes.members.get(name, name)
    # An object that was never valid may have both; then neither takes the other's place.
    return name if new in value else new
