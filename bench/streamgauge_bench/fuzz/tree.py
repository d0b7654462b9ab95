"""JSON that may be wrong: members that stand twice, and pieces that are written as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_encode = json.JSONEncoder(ensure_ascii=False).encode


class Verbatim(bytes):
    """Bytes that go into the document as they are, JSON or not."""


class Members(list[tuple[Any, Any]]):
    """An object as its members in order; a name may stand twice, and may be Verbatim."""


class Place(NamedTuple):
    """A container in the tree, a place in it, and what the container is in."""

    container: list[Any]
    at: int


def tree_of(value: Any) -> Any:
    """Decoded JSON as a tree that can be mutated; nothing of it is shared with `value`."""
    if isinstance(value, Mapping):
        return Members((name, tree_of(member)) for name, member in value.items())
    if isinstance(value, list | tuple):
        return [tree_of(part) for part in value]
    return value


def places(tree: Any) -> Iterator[Place]:
    """Everywhere in the tree where a value stands."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        for index in range(len(node) if isinstance(node, list) else 0):
            yield Place(node, index)
            waiting.append(value_at(Place(node, index)))


def value_at(place: Place) -> Any:
    """The value at this place."""
    found = place.container[place.at]
    return found[1] if isinstance(place.container, Members) else found


def put(place: Place, value: Any) -> None:
    """Another value at this place."""
    container, at = place
    container[at] = (container[at][0], value) if isinstance(container, Members) else value


def render(tree: Any) -> bytes:
    """The tree as the bytes of a document."""
    if isinstance(tree, Verbatim):
        return bytes(tree)
    if isinstance(tree, Members):
        return b"{%b}" % b",".join(b"%b:%b" % (render(name), render(value)) for name, value in tree)
    if isinstance(tree, list):
        return b"[%b]" % b",".join(map(render, tree))
    return _encode(tree).encode("utf-8", "surrogatepass")
