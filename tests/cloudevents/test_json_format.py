"""The JSON event format: what is read, what is refused, and that nothing changes on the way."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import json_codec, new_event
from streamgauge.cloudevents.json_format import (
    parse,
    parse_batch,
    read,
)
from streamgauge.cloudevents.recorded import same_content, take_apart
from streamgauge.errors import BatchTooLarge, InvalidCloudEvent

REQUIRED = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def body(**members: Any) -> bytes:
    return json.dumps({**REQUIRED, **members}).encode()


def test_the_bytes_are_kept_and_null_is_absent() -> None:
    raw = b' {"type":"t" ,"id":"1","source":"/s","specversion":"1.0","subject":null, "x":null}\n'
    event = parse(raw)
    assert event.state == raw
    assert read(raw).attributes == REQUIRED


def test_data_that_is_null_is_not_absent_data() -> None:
    assert (read(body(data=None)).has_data, read(body()).has_data) == (True, False)


def test_a_json_string_is_never_parsed_again() -> None:
    assert read(body(data='{"a":1}', datacontenttype="application/json")).data == '{"a":1}'


def test_base64_data_is_decoded_and_read_as_what_it_says_it_is() -> None:
    encoded = base64.b64encode(b'{"a": 1}').decode()
    assert read(body(data_base64=encoded)).data == b'{"a": 1}'
    as_json = body(data_base64=encoded, datacontenttype="application/x+json; charset=utf-8")
    assert read(as_json).data == {"a": 1}
    assert take_apart(as_json).data == b'{"a": 1}'


@pytest.mark.parametrize(
    ("datacontenttype", "json_data"),
    [
        ("application/json", True),
        ("Application/JSON ; charset=utf-8", True),
        ("application/vnd.x_y+json", True),
        ("image/x+JSON", True),
        ("text/plain", False),
        ("application/jsonlines", False),
        ("application/xml", False),
    ],
)
def test_which_media_types_are_json(datacontenttype: str, json_data: bool) -> None:
    document = body(data={"a": 1}, datacontenttype=datacontenttype)
    if json_data:
        assert read(parse(document).state).data == {"a": 1}
    else:
        with pytest.raises(InvalidCloudEvent, match="must be a string"):
            parse(document)


def test_a_batch_keeps_the_bytes_of_each_event() -> None:
    first = b'{"id":"1", "source":"/s","type":"t","specversion":"1.0","data":1.10}'
    second = body(id="2")
    events = parse_batch(b"[ " + first + b" ,\n" + second + b"]", max_events=2)
    assert [parsed.event.state for parsed in events] == [first, second]
    with pytest.raises(BatchTooLarge, match="may hold 1 events, this one has 2"):
        list(parse_batch(b"[" + first + b"," + second + b"]", max_events=1))


attribute_text = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufdd0\ufffe\uffff"),
    min_size=1,
    max_size=20,
)


@given(
    id=attribute_text,
    subject=attribute_text,
    extension=attribute_text | st.booleans() | st.integers(-(2**31), 2**31 - 1),
    data=json_values,
)
def test_what_is_made_is_what_is_read(id: str, subject: str, extension: Any, data: Any) -> None:
    event = new_event(
        id=id, source="/s", type="t", subject=subject, data=data, ext=extension, time=None
    )
    content = read(parse(event.state).state)
    assert content.attributes["id"] == id
    assert content.attributes["subject"] == subject
    assert content.attributes["ext"] == extension
    if data is None:
        assert not content.has_data
    else:
        assert content.data == data
        assert json_codec.decode(take_apart(event.state).data or b"") == data


@given(data=st.binary(min_size=1, max_size=60), kind=st.sampled_from(["text/plain", "x/y", None]))
def test_any_bytes_come_back(data: bytes, kind: str | None) -> None:
    from streamgauge.cloudevents.event import compose

    attributes: dict[str, Any] = {**REQUIRED, **({"datacontenttype": kind} if kind else {})}
    event = compose(attributes, data).event
    assert take_apart(parse(event.state).state).data == data


@given(st.binary(max_size=80))
def test_rubbish_is_refused_with_a_reason(rubbish: bytes) -> None:
    for function in (parse, lambda value: list(parse_batch(value, max_events=9))):
        try:
            function(rubbish)
        except InvalidCloudEvent as error:
            assert error.reason


@given(json_values)
def test_any_json_is_an_event_or_refused(value: Any) -> None:
    try:
        parse(json.dumps(value).encode())
    except InvalidCloudEvent as error:
        assert error.reason


@given(
    st.dictionaries(st.sampled_from([*REQUIRED, "time", "data", "ext", "data_base64"]), json_values)
)
def test_any_members_are_an_event_or_refused(members: dict[str, Any]) -> None:
    try:
        event = parse(body(**members))
    except InvalidCloudEvent as error:
        assert error.reason
    else:
        assert same_content(event.state, body(**members))


def test_of_members_of_one_name_the_last_counts() -> None:
    raw = b'{"id":"1","source":"/s","type":"t","specversion":"1.0","id":"2","data":1,"data":2}'
    event = parse(raw)
    assert (event.id, event.state) == ("2", raw)
    assert (read(raw).data, take_apart(raw).data) == (2, b"2")
