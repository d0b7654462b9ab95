"""A field is what it should be, or it is absent."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.sources.fields import (
    flag,
    ident,
    instant,
    items,
    mapping,
    named,
    path,
    sha,
    short_sha,
    text,
    texts,
    url,
    whole,
    word,
)

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


def test_reads_only_what_is_there() -> None:
    assert sha({"a": "0" * 40}, "a") is None
    assert sha({"a": "main"}, "a") is None
    assert sha({"a": "f" * 40}, "a") == "f" * 40
    assert short_sha({"a": "abcdef0"}, "a") == "abcdef0"
    assert short_sha({"a": "abcdef"}, "a") is None
    assert items({"a": {"b": "no list"}}, "a", "b") == []
    assert path({"a": [{"b": 1}]}, "a", 0, "b") == 1
    assert path({"a": [1]}, "a", 1) is None
    assert path({"a": {"0": 1}}, "a", 0) is None
    assert ident({"id": 7}, "id") == "7"
    assert ident({"id": 0}, "id") is None
    assert ident({"id": True}, "id") is None
    assert text({"a": "a\0b"}, "a") is None
    assert word({"a": " Success "}, "a") == "success"


def test_an_address_is_one_that_every_validator_takes() -> None:
    assert url("https://github.com/a b") is None
    assert url("ftp://github.com") is None
    assert url("https://github.com/a%2fb?c=%C3%A9#d") is not None
    assert url("https://github.com/a#b#c") is None


@given(JSON, st.lists(st.text(max_size=3) | st.integers(-3, 3), max_size=3))
def test_nothing_makes_it_fail(data: Any, keys: list[str | int]) -> None:
    assert isinstance(word(data, *keys), str)
    assert isinstance(items(data, *keys), list)
    assert isinstance(mapping(data, *keys), dict)
    assert all(isinstance(each, str) for each in texts(data, *keys) + named(data, *keys))
    for read in (text, ident, sha, short_sha, url):
        found = read(data, *keys)
        assert found is None or (isinstance(found, str) and found)
    assert flag(data, *keys) in (None, True, False)
    number, at = whole(data, *keys), instant(data, *keys)
    assert number is None or type(number) is int
    assert at is None or at.tzinfo is not None
