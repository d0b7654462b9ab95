"""The binding of a CDEvent to its CloudEvent, in both modes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import json_codec
from streamgauge.cdevents import Binding, LocalSchemas, Mode, attributes_of, noted
from streamgauge.cdevents.vocabulary import RELEASED, EventType
from streamgauge.errors import InvalidCDEvent
from tests.cdevents.events import deployed, event

STRICT, COMPAT = Binding(Mode.STRICT), Binding(Mode.COMPAT)
Json = dict[str, Any]


def around(document: Json, **others: Any) -> Json:
    """The CloudEvents attributes for it, with others in their place; None leaves one out."""
    found = {**attributes_of(document), **others}
    return {name: value for name, value in found.items() if value is not None}


def rules(attributes: Json, document: Any, binding: Binding = COMPAT) -> list[str]:
    return [deviation.rule for deviation in binding.bind(attributes, document).deviations]


def strictly_refused(attributes: Json, document: Any) -> tuple[str, str]:
    with pytest.raises(InvalidCDEvent) as raised:
        STRICT.bind(attributes, document)
    return raised.value.where, raised.value.reason


def test_an_event_as_it_should_be_passes_both() -> None:
    for binding in (STRICT, COMPAT):
        bound = binding.bind(around(deployed()), deployed())
        assert bound.document == deployed()
        assert bound.event_type is not None
        assert bound.event_type.kind == "service.deployed"
        assert bound.deviations == []


@pytest.mark.parametrize("event_type", RELEASED.values(), ids=list(RELEASED))
def test_events_of_each_type_are_bound(event_type: EventType) -> None:
    document = event(event_type, whole=False)
    assert COMPAT.bind(around(document), document).event_type == event_type


@pytest.mark.parametrize(
    ("others", "rule", "received"),
    [
        ({"id": "random"}, "id", "random"),
        ({"subject": None}, "subject", None),
        ({"subject": "other"}, "subject", "other"),
        ({"time": None}, "time", None),
        ({"time": "2026-03-01T12:30:00.000000001Z"}, "time", "2026-03-01T12:30:00.000000001Z"),
        ({"datacontenttype": "text/json"}, "datacontenttype", "text/json"),
        ({"datacontenttype": "application/x+json"}, "datacontenttype", "application/x+json"),
        (
            {"datacontenttype": "application/json; charset=utf-16"},
            "datacontenttype",
            "application/json; charset=utf-16",
        ),
    ],
)
def test_what_strict_refuses_compat_notes(others: Json, rule: str, received: str | None) -> None:
    attributes = around(deployed(), **others)
    (deviation,) = COMPAT.bind(attributes, deployed()).deviations
    assert (deviation.rule, deviation.received) == (rule, received)
    assert strictly_refused(attributes, deployed()) == (deviation.where, deviation.reason)
    assert rule == deviation.where


@pytest.mark.parametrize(
    "others",
    [
        {"time": "2026-03-01T13:30:00+01:00"},
        {"time": "2026-03-01t12:30:00.000z"},
        {"time": datetime(2026, 3, 1, 12, 30, tzinfo=UTC)},
        {"datacontenttype": None},
        {"datacontenttype": "Application/JSON; charset=utf-8"},
        {"dataschema": "https://cdevents.dev/0.5.1/schema/service-deployed-event"},
        {"ext": "anything"},
    ],
)
def test_what_is_no_deviation(others: Json) -> None:
    assert STRICT.bind(around(deployed(), **others), deployed()).deviations == []


@pytest.mark.parametrize("name", ["source", "type"])
def test_another_source_or_type_is_refused_by_both(name: str) -> None:
    for binding in (STRICT, COMPAT):
        with pytest.raises(InvalidCDEvent) as raised:
            binding.bind(around(deployed(), **{name: "/other"}), deployed())
        assert raised.value.where == f"/context/{name}"


def test_what_the_go_sdk_sends() -> None:
    """id, source, subject and type are the CDEvent's; time is when it was sent."""
    assert rules(around(deployed(), time="2026-11-24T18:00:00.123456789Z"), deployed()) == ["time"]


def test_what_the_java_sdk_sends() -> None:
    """A CloudEvent 0.3 with an id of its own, the time of sending and no subject."""
    attributes = around(deployed(), id="b2f6", time="2026-11-24T18:00:00Z", subject=None)
    found = COMPAT.bind(attributes, deployed()).deviations
    assert [deviation.rule for deviation in found] == ["id", "subject", "time"]
    assert json.loads(noted(found)) == [
        {"rule": "id", "received": "b2f6"},
        {"rule": "subject"},
        {"rule": "time", "received": "2026-11-24T18:00:00Z"},
    ]


def test_json_in_base64_without_a_type() -> None:
    attributes = around(deployed(), datacontenttype=None)
    assert rules(attributes, json_codec.encode(deployed())) == ["datacontenttype"]
    with pytest.raises(InvalidCDEvent, match="the data is not JSON"):
        COMPAT.bind(attributes, b"\xff")


@pytest.mark.parametrize("data", [None, [], "text", 1, True, b"[]"])
def test_data_that_is_no_object(data: Any) -> None:
    for binding in (STRICT, COMPAT):
        with pytest.raises(InvalidCDEvent, match="must be an object"):
            binding.bind(around(deployed(), datacontenttype=None), data)


def newer(**context: Any) -> Json:
    document = deployed()
    document["context"] |= context
    document["subject"]["content"] = {"whatever": 1}
    document["new"] = {}
    return document


@pytest.mark.parametrize(
    "context",
    [
        {"type": "dev.cdevents.service.deployed.0.4.0"},
        {"type": "dev.cdevents.service.deployed.1.0.0"},
        {"type": "dev.cdevents.service.paused.0.1.0", "specversion": "0.6.0"},
        {"type": "dev.cdevents.approval.created.0.1.0", "specversion": "0.6.0-draft"},
    ],
)
def test_a_newer_version_is_kept_unread_or_refused(context: Json) -> None:
    document = newer(**context)
    bound = COMPAT.bind(around(document), document)
    assert bound.event_type is None
    assert [deviation.rule for deviation in bound.deviations] == ["version"]
    assert strictly_refused(around(document), document)[0] == "/context/type"


@pytest.mark.parametrize(
    "document",
    [
        newer(type="dev.cdevents.service.deployed.0.0.9"),
        newer(type="dev.cdevents.service.paused.0.1.0"),
        newer(type="dev.cdevents.service.paused.0.1.0", specversion="0.5.9"),
        newer(type="dev.cdevents.service.paused.0.1.0", specversion="newest"),
        newer(type="dev.cdevents.service.deployed.0.4.0", timestamp="yesterday"),
        newer(type="dev.cdevents.service.deployed.0.4.0", timestamp="0000-01-01T00:00:00Z"),
        newer(type="dev.cdevents.service.deployed.0.4.0", source="a b"),
        newer(type="dev.cdeventsx.tool-x.y.0.10.0", specversion="0.6.0"),
        newer(specversion="0.6.0"),
        newer(type="dev.cdevents.service.deployed.0.4.0", schemaUri=5),
        newer(type="dev.cdevents.service.deployed.0.4.0", schemaUri=None),
        {**newer(type="dev.cdevents.service.deployed.0.4.0"), "subject": {}},
    ],
)
def test_what_only_pretends_to_be_newer_is_refused(document: Json) -> None:
    with pytest.raises(InvalidCDEvent):
        COMPAT.bind({**around(deployed()), "type": document["context"]["type"]}, document)


SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://shop.example/schema/deployed",
    "properties": {"customData": {"$ref": "https://shop.example/schema/data"}},
}
DATA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://shop.example/schema/data",
    "required": ["ticket"],
}


@pytest.fixture
def schemas(tmp_path: Any) -> LocalSchemas:
    (tmp_path / "more").mkdir()
    (tmp_path / "deployed.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "more" / "data.json").write_text(json.dumps(DATA))
    return LocalSchemas(tmp_path)


def with_schema(uri: str, **more: Any) -> Json:
    document = {**deployed(), **more}
    document["context"]["schemaUri"] = uri
    return document


def test_schema_uri_is_looked_up_in_the_folder(schemas: LocalSchemas) -> None:
    document = with_schema("https://shop.example/schema/deployed")
    for mode in Mode:
        binding = Binding(mode, schemas)
        assert binding.bind(around(document), document).deviations == []
        bad = with_schema("https://shop.example/schema/deployed#", customData={})
        with pytest.raises(InvalidCDEvent, match="does not match https://shop") as raised:
            binding.bind(around(bad), bad)
        assert raised.value.where == "/customData"


def test_a_schema_that_is_not_there_deviates_only_where_there_is_a_folder(
    schemas: LocalSchemas,
) -> None:
    document = with_schema("https://elsewhere.example/s")
    assert rules(around(document), document, STRICT) == []
    assert rules(around(document), document, Binding(Mode.COMPAT, schemas)) == ["schemauri"]
    with pytest.raises(InvalidCDEvent, match="none is fetched"):
        Binding(Mode.STRICT, schemas).bind(around(document), document)


names = st.sampled_from(["id", "source", "type", "subject", "time", "datacontenttype"])


@given(st.dictionaries(names, st.none() | st.just("2026-03-01T12:30:00Z") | st.just("x/y")))
def test_strict_takes_exactly_what_compat_takes_without_a_note(others: Json) -> None:
    attributes = {**around(deployed()), **{k: v for k, v in others.items() if v is not None}}
    for name in ("subject", "time", "datacontenttype"):
        if others.get(name, "") is None:
            attributes.pop(name)
    if attributes["time"] == "x/y" if "time" in attributes else False:
        return  # no CloudEvent
    try:
        noted_down = COMPAT.bind(attributes, deployed()).deviations
    except InvalidCDEvent:
        noted_down = None
    try:
        assert STRICT.bind(attributes, deployed()).deviations == []
    except InvalidCDEvent:
        assert noted_down != []
    else:
        assert noted_down == []
