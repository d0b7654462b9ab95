"""JSON payloads with parts of them changed, for Hypothesis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from hypothesis import strategies as st

_JUNK: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", " ", "/", "..", "a\0b", "a/b", "0001-01-01T00:00:00Z", "https://"]),
    st.sampled_from(["0" * 40, "1970-01-01", "9999-12-31T23:59:59-23:59", "é", "x" * 2000, "@"]),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=3),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers(), max_size=3),
)
DROP: Final = object()
"""In the place of a value: there is none."""


@st.composite
def mutated(draw: st.DrawFn, body: bytes) -> bytes:
    """The JSON in `body` with up to four parts dropped or something else; other bodies as they
    are, or cut short."""
    try:
        document = json.loads(body)
    except ValueError:
        return draw(st.sampled_from([body, body[: len(body) // 2], b""]))
    for _ in range(draw(st.integers(0, 4))):
        if found := places(document):
            place = draw(st.sampled_from(found))
            # What is not there is what comes most often.
            put(document, place, DROP if draw(st.booleans()) else draw(_JUNK))
    return json.dumps(document).encode()


def spoiled(body: bytes, value: str) -> Iterator[tuple[str, bytes]]:
    """The JSON in `body` with one of its texts replaced by `value`, once for each text: where it
    is, and the body. None, if it is no JSON."""
    try:
        document = json.loads(body)
    except ValueError:
        return
    for where in places(document):
        held = at(document, where)
        if isinstance(held, str):
            put(document, where, value)
            yield "/".join(map(str, where)), json.dumps(document).encode()
            put(document, where, held)


def header_values() -> st.SearchStrategy[str]:
    """What a header could say: its bytes in latin-1, without control characters."""
    odd = ["", " ", "0", "-1", "null", "[]", "\xe9", "a b", "a,b", "a/b", "..", "%", "x" * 300]
    latin = st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f")
    return st.sampled_from(odd) | st.text(latin, max_size=30)


def places(node: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every part of a document is, the whole excepted."""
    children: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        children = list(node.items())
    elif isinstance(node, list):
        children = list(enumerate(node))
    return [
        place for key, child in children for place in ((*where, key), *places(child, (*where, key)))
    ]


def at(document: Any, where: tuple[Any, ...]) -> Any:
    """What is there."""
    for key in where:
        document = document[key]
    return document


def put(document: Any, where: tuple[Any, ...], value: Any) -> None:
    """Put `value` there, or take away what is there for `DROP`."""
    document = at(document, where[:-1])
    if value is DROP:
        del document[where[-1]]
    else:
        document[where[-1]] = value
