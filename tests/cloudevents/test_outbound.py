"""Out as it came in: structured and binary messages made of what the log keeps."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_structured_event
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.cloudevents.http_binding import binary, parse, structured
from streamgauge.cloudevents.json_format import data_bytes, read, same_content

ATTRIBUTES = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}

texts = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=20
).filter(lambda text: not any(ord(c) & 0xFFFE == 0xFFFE for c in text))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
data = st.one_of(
    st.just({}),
    st.builds(lambda value: {"data": value}, json_values),
    st.builds(
        lambda value, kind: {"data": value, "datacontenttype": kind},
        json_values,
        st.sampled_from(["application/json", "text/json; charset=utf-8", "image/x+json"]),
    ),
    st.builds(
        lambda value, kind: {"data": value, "datacontenttype": kind},
        st.text(min_size=1),
        st.sampled_from(["text/plain", "application/xml"]),
    ),
    st.builds(
        lambda value, kind: {"data_base64": base64.b64encode(value).decode(), **kind},
        st.binary(min_size=1),
        st.sampled_from([{}, {"datacontenttype": "image/png"}]),
    ),
    st.just({"datacontenttype": "text/plain"}),
)
events = st.builds(
    lambda optional, extensions, members, time: json.dumps(
        {**ATTRIBUTES, **extensions, **optional, **members, **time}
    ).encode(),
    st.fixed_dictionaries({}, optional={"subject": texts, "id": texts, "type": texts}),
    st.dictionaries(
        st.from_regex(r"x[a-z0-9]{0,8}", fullmatch=True),
        texts | st.just("") | st.booleans() | st.integers(-(2**31), 2**31 - 1),
        max_size=3,
    ),
    data,
    st.sampled_from([{}, {"time": "2026-03-01T12:30:00.123456789+01:00"}]),
)


def received(headers: Any, body: bytes) -> bytes:
    return parse(headers, body, max_batch_events=9).events[0].state


def as_text(content: Any) -> dict[str, str]:
    """Binary mode has but text: the canonical string form of each attribute."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in content.attributes.items()
    }


@given(events)
def test_structured_mode_gives_back_every_byte(body: bytes) -> None:
    state = received(*structured(body))
    assert state == body == received(*structured(state))


@given(events)
def test_binary_mode_gives_back_every_value(body: bytes) -> None:
    sent, came = read(body), read(received(*binary(body)))
    expected = as_text(sent)
    if "data" in json.loads(body):  # said explicitly in another mode (JSON format, 3.1.1)
        expected.setdefault("datacontenttype", "application/json")
    assert as_text(came) == expected
    assert came.has_data == sent.has_data
    if isinstance(sent.data, bytes):  # which may be UTF-8, and come as the text it is
        assert data_bytes(received(*binary(body))) == sent.data
    else:
        assert json.dumps(came.data) == json.dumps(sent.data)


@given(events)
def test_any_chain_of_modes_is_the_same_event(body: bytes) -> None:
    """From binary mode on, where all attributes are text, nothing changes any more."""
    once = received(*binary(body))
    batched = [("content-type", "application/cloudevents-batch+json")]
    for state in (
        received(*binary(once)),
        received(*structured(once)),
        received(batched, b"[" + once + b"]"),
        received([("content-type", "application/json")], once),
        received(*binary(received(*structured(once)))),
    ):
        assert same_content(once, state)


def test_header_values_are_encoded() -> None:
    state = json.dumps({**ATTRIBUTES, "subject": '100% "ü" €\U0001f600', "x": True, "n": -1})
    headers = dict(binary(state.encode())[0])
    assert headers["ce-subject"] == "100%25%20%22%C3%BC%22%20%E2%82%AC%F0%9F%98%80"
    assert (headers["ce-x"], headers["ce-n"]) == ("true", "-1")


@pytest.mark.parametrize(
    ("members", "content_type", "body"),
    [
        ({"data": "text"}, "application/json", b'"text"'),
        ({"data": None}, "application/json", b"null"),
        ({"data": "<a/>", "datacontenttype": "text/xml"}, "text/xml", b"<a/>"),
        ({"data_base64": "AP8="}, None, b"\x00\xff"),
        ({"datacontenttype": "text/plain"}, "text/plain", b""),
        ({}, None, b""),
    ],
)
def test_the_body_and_its_type(members: Any, content_type: str | None, body: bytes) -> None:
    headers, sent = binary(json.dumps({**ATTRIBUTES, **members}).encode())
    assert (dict(headers).get("content-type"), sent) == (content_type, body)


def test_the_sdk_reads_what_is_sent() -> None:
    state = json.dumps(
        {**ATTRIBUTES, "subject": "ü", "time": "2026-03-01T12:30:00Z", "data": {"a": [1]}}
    ).encode()
    for make, sdk in ((binary, from_binary_event), (structured, from_structured_event)):
        headers, body = make(state)
        event = sdk(HTTPMessage(headers=dict(headers), body=body))
        assert (event.get_subject(), event.get_data()) == ("ü", {"a": [1]})
