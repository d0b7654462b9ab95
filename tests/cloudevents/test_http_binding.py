"""The HTTP binding: the mode by Content-Type alone, and headers decoded as the text says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import Event
from streamgauge.cloudevents.http_binding import is_batch, parse
from streamgauge.cloudevents.json_format import read
from streamgauge.errors import InvalidCloudEvent, UnsupportedMediaType

BINARY = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t"}
STRUCTURED = b'{"specversion":"1.0","id":"s","source":"/s","type":"t"}'


def one(headers: Mapping[str, str], body: bytes = b"") -> Event:
    message = parse([*headers.items()], body, max_batch_events=10)
    (event,) = message
    return event


def attributes(**headers: str) -> Mapping[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read(one({**BINARY, **named}).state).attributes


def test_ce_headers_do_not_make_a_structured_message_binary() -> None:
    headers = {**BINARY, "content-type": "Application/CloudEvents+JSON; charset=utf-8"}
    assert one(headers, STRUCTURED).id == "s"


def test_an_attribute_is_given_once() -> None:
    twice = [*BINARY.items(), ("ce-id", "1")]
    with pytest.raises(InvalidCloudEvent, match="ce-id: the header is given twice"):
        parse(twice, b"", max_batch_events=1)
    structured = [*twice, ("content-type", "application/cloudevents+json")]
    assert parse(structured, STRUCTURED, max_batch_events=1)[0].id == "s"


def test_a_batch_is_not_taken_for_a_structured_message() -> None:
    kind = "application/cloudevents-batch+json"
    message = parse([("content-type", kind)], b"[" + STRUCTURED + b"]", max_batch_events=1)
    assert [e.id for e in message] == ["s"]
    assert is_batch("APPLICATION/cloudevents-BATCH+json;x=y")
    assert not is_batch("application/cloudevents+json")
    assert not is_batch(None)


@pytest.mark.parametrize("kind", ["application/cloudevents", "application/cloudevents-batch+avro"])
def test_other_event_formats_are_not_read(kind: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        parse([("content-type", kind)], STRUCTURED, max_batch_events=1)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("plain", "plain"),
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("%e2%82%ac", "€"),
        ("%41%42", "AB"),
        ("%2541", "%41"),
        ('"quoted \\" and \\\\ %41"', 'quoted " and \\ A'),
        ('half "quoted"', 'half "quoted"'),
        ("", ""),
    ],
)
def test_header_values_are_decoded_once(header: str, value: str) -> None:
    assert attributes(ce_ext=header)["ext"] == value


@pytest.mark.parametrize("header", ['"abc', '"a"b"', '"a\\"', '"'])
def test_a_quote_that_does_not_end_is_refused(header: str) -> None:
    with pytest.raises(InvalidCloudEvent, match="ce-ext: begins with a quote"):
        attributes(ce_ext=header)


@pytest.mark.parametrize("header", ["%", "%4", "%zz", "%C0%A0", "%ED%A0%80", "%FF", "\xfc", "%00"])
def test_header_values_that_are_not_utf8_are_refused(header: str) -> None:
    with pytest.raises(InvalidCloudEvent) as raised:
        attributes(ce_ext=header)
    assert raised.value.where == "ce-ext"


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=30).filter(
        lambda text: not any(ord(c) & 0xFFFE == 0xFFFE for c in text)
    )
)
def test_any_text_can_be_sent_in_a_header(text: str) -> None:
    assert attributes(ce_subject=quote(text, safe=""))["subject"] == text


def test_the_body_is_data_byte_for_byte() -> None:
    event = one({**BINARY, "content-type": "application/json"}, b'{"a" : 1.0}')
    assert b'"data":{"a" : 1.0}' in event.state
    assert read(event.state).attributes["datacontenttype"] == "application/json"


def test_a_body_without_a_type_is_bytes() -> None:
    content = read(one(BINARY, b'{"a":1}').state)
    assert content.data == b'{"a":1}'
    assert "datacontenttype" not in content.attributes


def test_only_ce_headers_are_attributes() -> None:
    headers = {**BINARY, "x-request-id": "7", "authorization": "Bearer secret"}
    assert set(read(one(headers).state).attributes) == {"specversion", "id", "source", "type"}


@pytest.mark.parametrize("name", ["ce-my-ext", "ce-", "ce-data", "ce-ü"])
def test_names_that_are_no_attribute_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidCloudEvent):
        one({**BINARY, name: "x"})


@given(
    st.dictionaries(
        st.sampled_from([*BINARY, "ce-time", "ce-x", "content-type"]), st.text(max_size=12)
    ),
    st.binary(max_size=20),
)
def test_any_headers_are_an_event_or_refused(headers: dict[str, str], body: bytes) -> None:
    try:
        parse([*headers.items()], body, max_batch_events=1)
    except (InvalidCloudEvent, UnsupportedMediaType) as error:
        assert error.reason
