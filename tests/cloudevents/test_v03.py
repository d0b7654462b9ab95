"""CloudEvents 0.3: the same event in the words of 1.0, and nothing lost."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from streamgauge.cloudevents.http_binding import parse
from streamgauge.cloudevents.json_format import read
from streamgauge.cloudevents.recorded import take_apart
from streamgauge.errors import InvalidCloudEvent

OLD = {"specversion": "0.3", "id": "1", "source": "/s", "type": "t"}
STRUCTURED = [("content-type", "application/cloudevents+json")]
BATCH = [("content-type", "application/cloudevents-batch+json")]


def structured(**members: Any) -> bytes:
    body = json.dumps({**OLD, **members}).encode()
    return parse(STRUCTURED, body, max_batch_events=1)[0].state


def binary(body: bytes = b"", **headers: str) -> bytes:
    named = {f"ce-{name}".replace("_", "-"): value for name, value in {**OLD, **headers}.items()}
    if body:
        named["content-type"] = "application/json"
    return parse([*named.items()], body, max_batch_events=1)[0].state


def test_it_is_kept_as_1_0() -> None:
    assert read(structured()).attributes == {**OLD, "specversion": "1.0"}
    assert read(binary()).attributes == {**OLD, "specversion": "1.0"}


def test_both_modes_and_both_versions_are_one_event() -> None:
    data = b'{"a": 1.0}'
    new = json.dumps({**OLD, "specversion": "1.0", "datacontenttype": "application/json"}).encode()
    new = new[:-1] + b', "data": ' + data + b"}"
    old = read(structured(data={"a": 1.0}, datacontenttype="application/json"))
    assert old == read(binary(data)) == read(new)


def test_data_stays_as_it_was_written() -> None:
    body = b'{"specversion":"0.3","id":"1","source":"/s","type":"t","data": { "a" : 1.10 } }'
    event = parse(STRUCTURED, body, max_batch_events=1)[0]
    assert take_apart(event.state).data == b'{ "a" : 1.10 }'


def test_schemaurl_is_dataschema_where_it_can_be() -> None:
    assert read(structured(schemaurl="https://x/s")).attributes["dataschema"] == "https://x/s"
    relative = read(structured(schemaurl="/s")).attributes
    assert relative["schemaurl"] == "/s"
    assert "dataschema" not in relative


@pytest.mark.parametrize("encoding", ["base64", "Base64"])
def test_base64_data(encoding: str) -> None:
    encoded = base64.b64encode(b"\x00\xff").decode()
    state = structured(data=encoded, datacontentencoding=encoding, datacontenttype="image/png")
    assert take_apart(state).data == b"\x00\xff"
    assert "datacontentencoding" not in read(state).attributes
    as_json = structured(
        data=base64.b64encode(b'{"a":1}').decode(),
        datacontentencoding=encoding,
        datacontenttype="application/json",
    )
    assert read(as_json).data == {"a": 1}


def test_an_encoding_of_what_is_no_string_says_nothing() -> None:
    """0.3, datacontentencoding: it must be ignored; it is kept, for nothing is thrown away."""
    content = read(structured(data={"a": 1}, datacontentencoding="base64"))
    assert (content.data, content.attributes["datacontentencoding"]) == ({"a": 1}, "base64")


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"data": "!", "datacontentencoding": "base64"}, "data_base64"),
        ({"data": "x", "datacontentencoding": "quoted-printable"}, "datacontentencoding"),
        ({"data": "x", "datacontentencoding": 1}, "datacontentencoding"),
        ({"data_base64": "AA=="}, "data_base64"),
        ({"dataschema": "https://x"}, "dataschema"),
        ({"id": ""}, "id"),
        ({"id": None}, "id"),
        ({"ext": [1]}, "ext"),
        ({"id": {"a": 1}}, "id"),
        ({"subject": {"a": 1}}, "subject"),
        ({"schemaurl": 5}, "schemaurl"),
        ({"schemaurl": ""}, "schemaurl"),
        ({"schemaurl": "a b"}, "schemaurl"),
        ({"ext": 1.5}, "ext"),
    ],
)
def test_what_is_refused(members: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidCloudEvent) as raised:
        structured(**members)
    assert raised.value.where == where


def test_maps_become_text() -> None:
    expected = '{"a":"1","b-c":"2"}'
    assert read(structured(ext={"a": "1", "b-c": "2"})).attributes["ext"] == expected
    assert read(binary(ext_a="1", ext_b_c="2")).attributes["ext"] == expected
    for headers in ({"ext": "1", "ext_a": "1"}, {"ext_a": "1", "ext": "1"}):
        with pytest.raises(InvalidCloudEvent, match="ce-ext: is both a value and a map"):
            binary(**headers)


def test_only_extensions_are_maps() -> None:
    with pytest.raises(InvalidCloudEvent, match="ce-subject: must be a string"):
        binary(subject_a="1")


def test_a_batch_is_of_one_version() -> None:
    old, new = json.dumps(OLD), json.dumps({**OLD, "specversion": "1.0"})
    assert len(parse(BATCH, f"[{old},{old}]".encode(), max_batch_events=9)) == 2
    for first, second in ((old, new), (new, old)):
        with pytest.raises(InvalidCloudEvent) as raised:
            parse(BATCH, f"[{first},{second}]".encode(), max_batch_events=9)
        assert raised.value.where == "/1/specversion"
