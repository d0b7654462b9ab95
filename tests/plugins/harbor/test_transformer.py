"""Which deliveries tell of one occurrence, and which of two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streamgauge import CDEvent, new_event
from streamgauge.cloudevents import to_sdk
from streamgauge.sources.moments import moment
from streamgauge_harbor.transformer import HarborTransformer

CASES = Path(__file__).parent / "cases"


def case(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_bytes())


def transformed(kind: str, data: Any, time: str | None = None, **extensions: str) -> list[CDEvent]:
    event = new_event(id="1", source="/projects/4", type=kind, data=data, time=time, **extensions)
    accepted = moment("2031-01-01")
    assert accepted is not None
    return HarborTransformer().transform(to_sdk(event.state, accepted))


def default(name: str) -> list[CDEvent]:
    payload = case(name)
    return transformed(f"io.goharbor.{payload['type'].lower()}", payload)


def native(name: str) -> list[CDEvent]:
    payload = case(name)
    return transformed(
        payload["type"], payload["data"], payload["time"], operator=payload["operator"]
    )


@pytest.mark.parametrize("name", ["push-tag", "push-digest"])
def test_both_payload_formats_tell_of_one_occurrence(name: str) -> None:
    assert default(f"default-{name}") == native(f"cloudevents-{name}")


def test_the_same_image_at_another_time_is_another_occurrence() -> None:
    payload = case("default-push-tag")
    later = {**payload, "occur_at": payload["occur_at"] + 1}
    ids = {transformed("io.goharbor.push_artifact", each)[0].id for each in (payload, later)}
    assert len(ids) == 2


def test_without_a_time_the_events_own_stands_in_and_is_marked() -> None:
    payload = case("default-push-tag")
    del payload["occur_at"]
    [made] = transformed("io.goharbor.push_artifact", payload, "2026-03-01T12:00:00Z")
    assert made.custom_data["timestampInferred"] is True
    [made] = transformed("harbor.artifact.pushed", case("cloudevents-push-tag")["data"])
    assert made.custom_data["timestampInferred"] is True
    assert made.timestamp.year == 2031


def test_every_resource_is_an_image_and_what_is_none_is_left_out() -> None:
    payload = case("default-push-tag")
    [first] = payload["event_data"]["resources"]
    payload["event_data"]["resources"] = [
        first,
        {**first, "tag": "second"},
        {**first, "resource_url": "a b/c"},
        {**first, "tag": "not a tag"},
        {**first, "tag": None, "digest": None},
        "nothing",
    ]
    made = transformed("io.goharbor.push_artifact", payload)
    assert [event.custom_data["imageTag"] for event in made] == ["1.4.0", "second"]


def test_an_address_of_the_first_versions_names_the_same_image() -> None:
    """They put a colon before a digest, too."""
    payload = case("default-push-digest")
    [resource] = payload["event_data"]["resources"]
    resource["resource_url"] = resource["resource_url"].replace("@", ":")
    assert transformed("io.goharbor.push_artifact", payload) == default("default-push-digest")
