"""Whatever a payload looks like: no exception, and only valid CDEvents."""

from __future__ import annotations

import copy
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.cdevents import validate
from streamgauge.testing.mutation import DROP, places, put

from .samples import CASES, Payload, from_knative, received, transformed

_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        ["", " ", "/", "..", "a\0b", "a/b", "0001-01-01T00:00:00Z", "https://", "0" * 40]
    ),
    st.sampled_from(
        ["https://github.com/x", "https://x.example/é", "labeled", "closed", "success"]
    ),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=3),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers(), max_size=3),
)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Payload]:
    event, payload = copy.deepcopy(CASES[draw(st.sampled_from(sorted(CASES)))])
    for _ in range(draw(st.integers(1, 4))):
        if found := places(payload):
            put(payload, draw(st.sampled_from(found)), draw(st.just(DROP) | _JUNK))
    return event, payload


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_payload_with_other_parts_gives_valid_cdevents_or_none(case: tuple[str, Payload]) -> None:
    made = transformed(received(*case))
    for event in made:
        validate(event.document)
        assert "\\u0000" not in json.dumps(event.document)
    assert made == transformed(received(*case))


@settings(max_examples=200)
@given(mutated(), st.sampled_from(sorted({event for event, _ in CASES.values()})))
def test_a_payload_under_another_events_name_gives_valid_cdevents_or_none(
    case: tuple[str, Payload], name: str
) -> None:
    for event in transformed(received(name, case[1])):
        validate(event.document)


@settings(max_examples=200)
@given(mutated().filter(lambda case: "deployment_status" not in case[1]))
def test_knatives_form_too(case: tuple[str, Payload]) -> None:
    for event in transformed(from_knative(*case)):
        validate(event.document)


@settings(max_examples=300)
@given(mutated())
def test_so_it_is_where_runs_and_releases_are_deployments(case: tuple[str, Payload]) -> None:
    options = {"deployment_workflows": ["build.yml"], "deployment_releases": True}
    made = transformed(received(*case), **options)
    for event in made:
        validate(event.document)
    assert made == transformed(received(*case), **options)
