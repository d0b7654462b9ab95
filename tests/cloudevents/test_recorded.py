"""Events of the log, with other attributes and beside others."""

from __future__ import annotations

import base64
import json
from encodings import _cache  # type: ignore[attr-defined]
from typing import Any

import pytest

from streamgauge import json_codec
from streamgauge.cloudevents.attributes import named_charset
from streamgauge.cloudevents.http_binding import binary, structured
from streamgauge.cloudevents.json_format import parse, read
from streamgauge.cloudevents.recorded import same_content, take_apart, with_attributes
from streamgauge.errors import InvalidCloudEvent

REQUIRED = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}


def body(**members: Any) -> bytes:
    return json.dumps({**REQUIRED, **members}).encode()


def test_content_is_the_same_however_it_is_written() -> None:
    one = body(data={"a": [1, 2]}, datacontenttype="application/json", subject="x")
    encoded = base64.b64encode(b'{ "a":[1,2]}').decode()
    other = json.dumps(
        {
            "subject": "x",
            "data_base64": encoded,
            "ext": None,
            "datacontenttype": "application/json",
            **REQUIRED,
        },
        indent=1,
    ).encode()
    assert same_content(one, other)
    assert not same_content(one, body(data={"a": [1]}, subject="x"))
    assert not same_content(body(), body(data=None))
    assert not same_content(body(data={"a": [1]}), body(data={"a": [True]}))
    assert not same_content(body(data=0), body(data=False))
    assert not same_content(body(ext=1), body(ext=True))
    assert same_content(body(ext=1, flag=True), body(ext="1", flag="true"))
    assert same_content(
        body(data=1), body(data=1, datacontenttype="Application/JSON; charset=utf8")
    )
    assert not same_content(body(data=1), body(data=1, datacontenttype="text/json"))
    assert not same_content(body(), body(datacontenttype="application/json"))
    assert not same_content(body(data=[1]), body(data=[1, 2]))
    assert not same_content(body(data={"a": 1}), body(data={"b": 1}))
    plain = {"datacontenttype": "text/plain"}
    assert same_content(body(data="a", **plain), body(data_base64="YQ==", **plain))
    assert not same_content(body(data="a"), body(data_base64="YQ=="))
    when = "2026-01-01T00:00:00.1234567890"
    assert same_content(body(time=f"{when}Z"), body(time=f"{when[:-1]}+00:00"))
    assert not same_content(body(time=f"{when}Z"), body(time="2026-01-01T00:00:00.1234567Z"))
    assert same_content(body(), body(cdeventsdeviations="noted"))
    assert same_content(body(data=[1.0, True]), body(data=[1, True]))
    assert not same_content(body(time="2026-01-01T00:00:00Z"), body())


@pytest.mark.parametrize(
    "data",
    [
        b'"data": { "a" : 1.10 }',
        b'"data":null',
        b'"data_base64":"eyJhIjoxfQ=="',
        b'"data":"a\\u00e9"',
    ],
)
def test_other_attributes_leave_the_data_to_the_byte(data: bytes) -> None:
    state = json.dumps({**REQUIRED, "subject": "old"}).encode()[:-1] + b"," + data + b"}"
    event = with_attributes(state, {**REQUIRED, "id": "2", "ext": "new"})
    assert data.split(b":", 1)[1].strip() in event.state
    assert (event.source, event.id, event.type) == ("/s", "2", "t")
    was, now = read(parse(state).state), read(parse(event.state).state)
    assert now.attributes == {**REQUIRED, "id": "2", "ext": "new"}
    assert (now.has_data, now.data) == (was.has_data, was.data)


def test_without_data_there_is_none_afterwards() -> None:
    assert json_codec.decode(with_attributes(body(), REQUIRED).state) == REQUIRED
    with pytest.raises(InvalidCloudEvent, match="id"):
        with_attributes(body(), {**REQUIRED, "id": "a\n"})


def test_numbers_are_kept_to_the_digit_and_read_as_doubles() -> None:
    state = body()[:-1] + b',"data":{"a":12345678901234567.123456789,"b":18446744073709551616}}'
    assert parse(state).state == state
    assert read(state).data == {"a": 12345678901234567.123456789, "b": 2**64}


@pytest.mark.parametrize("charset", ["punycode", "idna", "raw_unicode_escape", "base64", "utf-7"])
def test_a_codec_that_is_no_charset_of_text_is_not_run(charset: str) -> None:
    kind = f"text/plain; charset={charset}"
    assert not same_content(
        body(data="\u00c9", datacontenttype=kind), body(data="\u00e9", datacontenttype=kind)
    )
    state = body(data="\u20ac" * 50_000, datacontenttype=kind)
    assert same_content(state, state + b" ")
    assert binary(state) == structured(state)
    with pytest.raises(ValueError, match="is not known"):
        take_apart(state)


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-16", "Shift_JIS", "KOI8-R"])
def test_text_and_its_bytes_are_one_in_the_charsets_of_text(charset: str) -> None:
    kind, text = f"text/plain; charset={charset}", "plain"
    encoded = base64.b64encode(text.encode(charset)).decode()
    one, other = (
        body(data=text, datacontenttype=kind),
        body(data_base64=encoded, datacontenttype=kind),
    )
    assert same_content(one, other)
    assert take_apart(one).data == take_apart(other).data == text.encode(charset)


def test_json_that_names_another_charset_goes_out_structured() -> None:
    state = body(data={"a": "\u00e9"}, datacontenttype="application/json; charset=iso-8859-1")
    assert binary(state) == structured(state)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("application/json", "application/json; charset=utf-8", True),
        ("application/json;version=1", 'Application/JSON ; version=1;charset="UTF-8"', True),
        ("application/json; version=1", "application/json; version=2", False),
        ('application/ld+json; profile="a"', 'application/ld+json; profile="b"', False),
        (None, "application/json", True),
        (None, "application/json; version=1", False),
        ("a/json; b=1; c=2", "a/json;c=2;b=1", True),
        ('a/json;p="a;charset=utf-8;b"', 'a/json;p="a;b"', False),
        ('a/json;p="a; b"', 'a/json;p="a;b"', False),
    ],
)
def test_of_the_media_type_of_json_only_the_charset_does_not_count(
    one: str | None, other: str, same: bool
) -> None:
    first, second = (body(data={}, datacontenttype=kind) for kind in (one, other))
    assert same_content(first, second) is same


@pytest.mark.parametrize(
    ("charset", "text"), [("shift_jis", "\u00a51,000"), ("cp932", "\u2212"), ("us-ascii", "\u00e9")]
)
def test_text_that_its_charset_would_change_goes_out_structured(charset: str, text: str) -> None:
    kind = f"text/plain; charset={charset}"
    state = body(data=text, datacontenttype=kind)
    assert binary(state) == structured(state)
    changed = base64.b64encode(text.encode(charset, "replace")).decode()
    assert not same_content(state, body(data_base64=changed, datacontenttype=kind))


def test_python_is_not_made_to_remember_names_of_charsets() -> None:
    known = len(_cache)
    for number in range(100):
        with pytest.raises(ValueError, match="is not known"):
            take_apart(body(data="x", datacontenttype=f"text/plain; charset=unknown{number}"))
    assert len(_cache) <= known + 1


@pytest.mark.parametrize(
    ("media_type", "charset"),
    [
        ('text/plain; x=";charset=utf-16"; charset=koi8-r', "koi8-r"),
        ('text/plain;x=";charset=utf-16"', None),
        ('text/plain; Charset="UTF-16"', "utf-16"),
        ("text/plain", None),
        (";a" * 200_000, None),
        ("a" * 200_000 + ";" + "b" * 200_000, None),
        (';a="' * 100_000, None),
    ],
)
def test_the_charset_of_a_media_type(media_type: str, charset: str | None) -> None:
    assert named_charset(media_type) == charset
