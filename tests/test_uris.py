from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from streamgauge.uris import is_uri, is_uri_reference


@pytest.mark.parametrize(
    "text",
    [
        "https://user:pw@example.com:8080/a//b/;p=1?q=/?#f/?",
        "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
        "mailto:a@example.com",
        "http://[2001:db8::1]:80/",
        "http://[v7.fe:1]/",
        "http://[V1.a]/",
        "a:",
        "file:///x",
    ],
)
def test_uris(text: str) -> None:
    assert is_uri(text)
    assert is_uri_reference(text)


@pytest.mark.parametrize(
    "text", ["", "/a/b", "//host/p", "#fragment", "?q", "1-555-123-4567", "a/b:c", "./a:b", "%41"]
)
def test_references_that_are_no_uris(text: str) -> None:
    assert is_uri_reference(text)
    assert not is_uri(text)


@pytest.mark.parametrize(
    "text",
    [
        *("a b", "é", "1:x", "%", "%4", "%zz", "http://a:b/", "http://[::1", "http://[::1%25eth0]"),
        *("http://[:::]", "http://a@b@c/", "a#b#c", "[", "\\", "a|b", "<a>", '"', "a\n", "^"),
    ],
)
def test_neither(text: str) -> None:
    assert not is_uri_reference(text)
    assert not is_uri(text)


references = Draft202012Validator({"format": "uri-reference"}, validate_formats=True)
uris = Draft202012Validator({"format": "uri"}, validate_formats=True)
pieces = st.sampled_from(
    [*'aZ1:/?#[]@%20.-v~!$é {}|\\^"<>`\n', "//", "http:", "::1", "[::1]", "[V1.a]"]
)


@settings(max_examples=2000)
@given(st.lists(pieces, max_size=9).map("".join))
def test_another_implementation_agrees(text: str) -> None:
    assert is_uri_reference(text) == references.is_valid(text)
    assert is_uri(text) == uris.is_valid(text)
