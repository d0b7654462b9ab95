"""The vocabulary's notation in Python's terms, for the generator of the typed constructors."""

from __future__ import annotations

import re
from collections.abc import Iterable

from streamgauge.cdevents import table
from streamgauge.cdevents.schemas import SHAPES, WORDS
from streamgauge.cdevents.table import Member

_ALLOWED = {
    "string": "any text",
    "text": "any text but an empty one",
    "uri": "a URI with its scheme",
    "uri-reference": "a URI, or a reference relative to one",
}


def snake(name: str) -> str:
    """``ticket_uri`` for ``ticketURI``."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()


def camel(name: str) -> str:
    """``TestCase`` for ``test-case``."""
    return "".join(part.capitalize() for part in name.split("-"))


def members_of(content: str) -> list[Member]:
    """The members, those that are required first."""
    return sorted(table.members(content)[0].values(), key=lambda member: not member.required)


def typed(member: Member) -> str:
    """The annotation of a parameter for the member, with its default if it has one."""
    found = annotation(member.shape)
    return found if member.required else f"{found} | None = None"


def annotation(shape: str) -> str:
    """The type of what a constructor takes for a value of that shape."""
    if shape.startswith("["):
        return f"Sequence[{annotation(shape.strip('[]'))}]"
    if is_ref(shape):
        return "str | Ref"
    body = SHAPES.get(shape, shape)
    if body in _ALLOWED or body.startswith(("string (", "text (")):
        return "str"
    return f"{camel(shape)} | Mapping[str, Any]" if body.endswith("...") else camel(shape)


def allowed(shape: str) -> str:
    """The values of that shape, in words."""
    if shape.startswith("["):
        return f"a list of {allowed(shape.strip('[]')).replace('any text', 'texts')}"
    if is_ref(shape):
        return "an id, or a Ref that says whose id it is"
    body = SHAPES.get(shape, shape)
    if body.startswith("("):
        return f"one of {', '.join(words_of(body))}"
    if WORDS.fullmatch(body):
        return f"{_ALLOWED[body.split()[0]]}, such as {', '.join(words_of(body))}"
    others = ", or a mapping with members of its own" if body.endswith("...") else ""
    return _ALLOWED.get(body, f"a {camel(shape)}{others}")


def is_ref(shape: str) -> bool:
    """Whether the shape is a reference, which may be given as an id alone."""
    return shape in ("ref", "loose-ref")


def reached_from(contents: Iterable[str]) -> set[str]:
    """The named shapes that members of these contents have, and of those shapes in turn."""
    waiting = [member.shape for content in contents for member in members_of(content)]
    found = {"ref"}
    while waiting:
        shape = waiting.pop()
        if shape in SHAPES and shape not in found:
            found.add(shape)
            body = SHAPES[shape]
            waiting += [] if WORDS.fullmatch(body) else [each.shape for each in members_of(body)]
    return found


def words_of(body: str) -> list[str]:
    """The words of ``(a|b)`` or ``string (a|b)``."""
    match = WORDS.fullmatch(body)
    assert match is not None
    return match[2].split("|")
