"""What the strategies draw is valid, and of every type there is."""

from __future__ import annotations

import pytest
from cloudevents.core.v1.event import CloudEvent
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.cdevents import kind_of, validate
from streamgauge.cdevents.vocabulary import RELEASED
from streamgauge.errors import UnknownName
from streamgauge.testing import cdevents, cloudevents


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(cdevents())
def test_every_cdevent_is_valid(event: CDEvent) -> None:
    validate(event.document)


@pytest.mark.parametrize("name", RELEASED)
@settings(max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_type_can_be_drawn(name: str, data: st.DataObject) -> None:
    found = data.draw(cdevents(name))
    assert found.type == name
    validate(found.document)


def test_a_kind_that_there_is_not_is_an_error() -> None:
    with pytest.raises(UnknownName, match=r"no CDEvents type named 'service\.exploded'"):
        cdevents("service.exploded")


@given(cdevents("service.deployed", "incident.detected"))
def test_the_kinds_that_are_named_are_drawn_and_no_others(event: CDEvent) -> None:
    assert kind_of(event.type) in ("service.deployed", "incident.detected")


@given(cloudevents(st.just("com.example.done"), st.just({"a": 1})))
def test_a_cloudevent_is_as_a_transformer_gets_it(event: CloudEvent) -> None:
    assert (event.get_type(), event.get_data()) == ("com.example.done", {"a": 1})
    time = event.get_time()
    assert time is not None and time.tzinfo is not None
