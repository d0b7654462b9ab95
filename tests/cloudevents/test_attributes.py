"""Context attributes: CloudEvents 1.0.2 sections 3 and 4, one rule after the other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.cloudevents import attributes as rules
from streamgauge.cloudevents.attributes import check_attributes
from streamgauge.errors import InvalidCloudEvent

GOOD = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}


def refused(**attributes: Any) -> tuple[str, str]:
    with pytest.raises(InvalidCloudEvent) as raised:
        check_attributes({**GOOD, **attributes})
    return raised.value.where, raised.value.reason


@pytest.mark.parametrize("name", list(GOOD))
def test_required_attributes_are_there_and_not_empty(name: str) -> None:
    check_attributes(GOOD)
    with pytest.raises(InvalidCloudEvent, match=f"{name}: the required attribute is missing"):
        check_attributes({k: v for k, v in GOOD.items() if k != name})
    assert refused(**{name: ""})[0] == name
    assert refused(**{name: None})[0] == name
    assert refused(**{name: 1})[0] == name


@pytest.mark.parametrize("version", ["1", "1.0.2", "0.9", "2.0", " 1.0", "1.0\n"])
def test_other_versions(version: str) -> None:
    assert refused(specversion=version)[0] == "specversion"


@pytest.mark.parametrize("name", ["subject", "dataschema", "datacontenttype", "time"])
@pytest.mark.parametrize("value", ["", None, 1, True, 1.5, [], {}])
def test_optional_attributes_are_texts_and_not_empty(name: str, value: Any) -> None:
    assert refused(**{name: value})[0] == name


@pytest.mark.parametrize("name", ["x", "0", "a1", "averyveryverylongattributename", "sequence"])
def test_names(name: str) -> None:
    check_attributes({**GOOD, name: "value"})


@pytest.mark.parametrize(
    "name", ["", "X", "a-b", "a_b", "a.b", "é", "a b", "data", "\u0661", "a\n"]
)
def test_names_that_are_none(name: str) -> None:
    assert refused(**{name: "value"})[0] == name


@pytest.mark.parametrize("value", ["", "text", "ü\U0001f600", True, False, 0, -(2**31), 2**31 - 1])
def test_extension_values(value: Any) -> None:
    check_attributes({**GOOD, "ext": value})


@pytest.mark.parametrize("value", [None, 1.0, 2**31, -(2**31) - 1, [], {}, b"x"])
def test_extension_values_that_are_none(value: Any) -> None:
    assert refused(ext=value)[0] == "ext"


FORBIDDEN = st.one_of(
    st.characters(categories=["Cc", "Cs"]),
    st.sampled_from(["\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff"]),
)


@given(FORBIDDEN, st.sampled_from(["id", "type", "subject", "ext"]), st.text("ab"), st.text("ab"))
def test_forbidden_characters(char: str, name: str, before: str, after: str) -> None:
    assert refused(**{name: before + char + after})[0] == name


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).filter(
        lambda text: not any(ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) < 0xFDF0 for c in text)
    )
)
def test_all_other_characters(text: str) -> None:
    check_attributes({**GOOD, "id": text, "type": text, "subject": text, "ext": text})


@pytest.mark.parametrize("source", ["#fragment", "urn:x", "/a?b", "https://a/b", "//host", "1-2"])
def test_sources(source: str) -> None:
    check_attributes({**GOOD, "source": source})


@pytest.mark.parametrize("source", ["a b", "1:x", "http://a:b/", "ü", "%", "http://[::1"])
def test_sources_that_are_none(source: str) -> None:
    assert refused(source=source) == ("source", "must be a URI reference (RFC 3986)")


@pytest.mark.parametrize("schema", ["https://x/s", "urn:x", "https://x/s#/definitions/a"])
def test_dataschema_is_absolute(schema: str) -> None:
    """With a fragment it is no absolute URI by RFC 3986, 4.3; producers send that, and it is
    let through."""
    check_attributes({**GOOD, "dataschema": schema})
    for relative in ("/s", "s", "#", "?a", "//x/s"):
        assert refused(dataschema=relative)[0] == "dataschema"


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Text/Plain;charset=UTF-8",
        'multipart/x ; boundary="a;\\"b" ;',
        "application/vnd.x_y+json; a=b; c=d",
        "a/b;;c=d",
    ],
)
def test_datacontenttype(kind: str) -> None:
    check_attributes({**GOOD, "datacontenttype": kind})


@pytest.mark.parametrize(
    "kind", ["xyz", "a/", "/b", "a/b/c", "a/b c", "a/b; c", "a/b; c=", 'a/b; c="', "a b/c", "a/b,"]
)
def test_datacontenttype_that_is_none(kind: str) -> None:
    assert refused(datacontenttype=kind) == ("datacontenttype", "must be a media type (RFC 2046)")


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01T12:30:00Z",
        "2026-03-01t12:30:00.123456789012z",
        "2026-03-01T12:30:00-23:59",
        "2016-12-31T23:59:60Z",
        "2024-02-29T00:00:00Z",
    ],
)
def test_times(time: str) -> None:
    check_attributes({**GOOD, "time": time})


@pytest.mark.parametrize(
    "time",
    [
        *(
            "lunchtime",
            "2026-03-01",
            "2026-03-01T12:30Z",
            "2026-03-01T12:30:00",
            "2026-W09-1T00:00Z",
        ),
        *("2026-03-01 12:30:00Z", "2026-03-01T12:30:00+25:00", "2026-03-01T12:30:00+05"),
        *("2026-02-29T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z"),
        *("2026-03-01T12:30:60Z", "2026-03-01T12:30:00.Z", "20260301T123000Z", "2026-3-1T1:1:1Z"),
        *("\u0662026-03-01T12:30:00Z", "2026-03-01T12:30:00Z\n", " 2026-03-01T12:30:00Z"),
    ],
)
def test_times_that_are_none(time: str) -> None:
    assert refused(time=time)[0] == "time"


names = st.sampled_from(
    [*GOOD, "subject", "time", "dataschema", "datacontenttype", "data", "ext", "a-b", "a\n", ""]
)
texts = st.text(st.sampled_from("a/:%#[]@~ é\n\x7f\ud800\ufffe"), max_size=4)
values = st.one_of(
    texts,
    st.none() | st.booleans() | st.integers(0, 9) | st.just([]),
    st.sampled_from(["1.0", "https://ci.example/a?b#c", "urn:x", "application/json\n"]),
    st.sampled_from(["2026-03-01T12:30:00.5Z", "2026-02-30T12:30:00Z", "2026-03-01T1+:30:00Z"]),
)


@given(st.dictionaries(names, values).map(lambda more: {**GOOD, **more}))
def test_what_is_told_at_a_glance_keeps_every_rule(attributes: dict[str, Any]) -> None:
    try:
        check_attributes(attributes)
    except InvalidCloudEvent:
        return
    rules._check_each(attributes)


def test_most_events_are_told_at_a_glance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_check_each", None)
    usual = {**GOOD, "time": "2026-03-01T12:30:00.123456789Z", "subject": "shop"}
    check_attributes(usual)
    check_attributes({**usual, "knativearrivaltime": "2026-03-01T12:30:00Z"})
    check_attributes({**usual, "datacontenttype": "application/json; charset=utf-8"})
