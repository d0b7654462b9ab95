"""What is remembered: any order and any repetition of arrival ends in the same."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent

from .samples import PAGE, Payload, case, kinds, offline, told


def deployment(job: int, commit: str, minute: int, environment: str = "production") -> Payload:
    sha = commit * 40
    return case(
        "deployment-success",
        deployable_id=job,
        deployment_id=job + 1000,
        environment=environment,
        short_sha=sha[:8],
        commit_url=f"{PAGE}/-/commit/{sha}",
        status_changed_at=f"2026-03-02 12:{minute:02}:00 +0100",
    )


_DEPLOYED = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 59), st.sampled_from(["production", "qa"])),
    min_size=1,
    max_size=8,
    unique_by=lambda each: each[1],
).map(lambda found: [deployment(n + 1, c, m, e) for n, (c, m, e) in enumerate(found)])


def facts(events: list[CDEvent]) -> set[tuple[str, str, str, str]]:
    """What the metrics count, which is not what a deployment is called."""
    return {
        (
            event.id,
            event.subject_id,
            event.document["context"]["timestamp"],
            event.content["environment"]["id"],
        )
        for event in events
    }


@settings(max_examples=40)
@given(_DEPLOYED, st.randoms())
def test_the_order_of_arrival_changes_no_id_and_no_fact(
    payloads: list[Payload], random: Random
) -> None:
    other = random.sample(payloads, len(payloads))
    assert facts(told(offline(), *payloads)) == facts(told(offline(), *other))


@settings(max_examples=40)
@given(_DEPLOYED)
def test_a_second_delivery_of_everything_changes_nothing(payloads: list[Payload]) -> None:
    run = offline()
    assert len(told(run, *payloads)) == len(payloads)
    assert told(run, *payloads, idempotency_key="again") == []


def test_in_the_order_of_time_a_deployment_is_called_by_what_was_there() -> None:
    payloads = [deployment(n, c, n) for n, c in enumerate("aabca", start=1)]
    assert kinds(told(offline(), *payloads)) == [
        "service.deployed",
        "service.deployed",
        "service.upgraded",
        "service.upgraded",
        "service.rolledback",
    ]


_INCIDENT = ("incident-open", "incident-acknowledged", "incident-status-resolved", "incident-close")


@given(st.lists(st.sampled_from(_INCIDENT), min_size=1, max_size=8))
def test_an_incident_is_detected_once_in_whatever_order_it_is_told(names: list[str]) -> None:
    made = told(offline(), *(case(name) for name in names))
    detected = [event for event in made if event.type.startswith("dev.cdevents.incident.det")]
    assert len(detected) == (1 if {"incident-open", "incident-acknowledged"} & set(names) else 0)
    assert len({event.id for event in made}) == len(made)
    incidents = {e.subject_id for e in made if e.type.startswith("dev.cdevents.incident.")}
    assert incidents <= {f"{PAGE}/-/issues/23"}


@given(st.permutations(_INCIDENT))
def test_an_incidents_events_are_the_same_in_whatever_order_they_are_told(
    names: list[str],
) -> None:
    made = told(offline(), *(case(name) for name in names))
    in_order = told(offline(), *(case(name) for name in _INCIDENT))
    assert {event.id for event in made} == {event.id for event in in_order}
