"""Out as it came in: structured and binary messages made of what the log keeps."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_structured_event
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.cloudevents.attributes import is_json
from streamgauge.cloudevents.http_binding import binary, parse, structured
from streamgauge.cloudevents.json_format import read
from streamgauge.cloudevents.recorded import same_content, take_apart

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
        st.sampled_from(
            ["text/plain", "application/xml", "text/x; charset=utf-16le", "text/x; charset=latin1"]
        ),
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
    return parse(headers, body, max_batch_events=9)[0].state


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
    if "datacontenttype" in sent.attributes and not is_json(sent.attributes["datacontenttype"]):
        # Text may have become bytes, or bytes the text that they are.
        if can_be_written(body):
            assert take_apart(received(*binary(body))).data == take_apart(body).data
    elif isinstance(sent.data, bytes):
        assert came.data == sent.data
    else:
        assert json.dumps(came.data) == json.dumps(sent.data)


def can_be_written(body: bytes) -> bool:
    try:
        take_apart(body)
    except ValueError:
        return False
    return True


@given(events)
def test_any_chain_of_modes_is_the_same_event(body: bytes) -> None:
    """So says the log too: it is a redelivery, and no conflict, in whatever mode it comes again."""
    once = received(*binary(body))
    assert same_content(body, once)
    batched = [("content-type", "application/cloudevents-batch+json")]
    for state in (
        received(*binary(once)),
        received(*structured(once)),
        received(batched, b"[" + once + b"]"),
        received([("content-type", "application/json")], once),
        received(*binary(received(*structured(once)))),
    ):
        assert same_content(once, state)


@pytest.mark.parametrize("kind", ["cloudevents+json", "CloudEvents-batch+json", "cloudevents+avro"])
def test_what_would_be_taken_for_another_event_goes_out_structured(kind: str) -> None:
    inner = {**ATTRIBUTES, "id": "inner"}
    kind = f"application/{kind}"
    data = {"data": inner} if "json" in kind else {"data_base64": "AA=="}
    body = json.dumps({**ATTRIBUTES, "datacontenttype": kind, **data}).encode()
    assert binary(body) == structured(body)
    assert received(*binary(body)) == body


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("text/plain; charset=utf-16le", "é".encode("utf-16le")),
        ("text/plain; charset=iso-8859-1", b"\xc3\xa9"),
        ("text/plain; charset=nobody-knows", b"abc"),
        ("text/plain", b"a\0b"),
    ],
)
def test_text_in_another_charset_is_kept_as_its_bytes(kind: str, sent: bytes) -> None:
    headers = [*((f"ce-{k}", v) for k, v in ATTRIBUTES.items()), ("content-type", kind)]
    state = received(headers, sent)
    assert json.loads(state)["data_base64"] == base64.b64encode(sent).decode()
    assert binary(state)[1] == sent


def test_text_goes_out_in_the_charset_that_is_named() -> None:
    document = {**ATTRIBUTES, "datacontenttype": "text/x; charset=iso-8859-1", "data": "é"}
    assert binary(json.dumps(document).encode())[1] == b"\xe9"
    for text, charset in (("€", "iso-8859-1"), ("x", "nobody-knows"), ("x", "base64")):
        document |= {"data": text, "datacontenttype": f"text/x; charset={charset}"}
        body = json.dumps(document).encode()
        assert binary(body) == structured(body)


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
