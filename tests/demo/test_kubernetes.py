"""The watch events give exactly the deployments that the story tells of."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from streamgauge import CDEvent
from streamgauge_demo import kubernetes
from streamgauge_demo.company import SERVICES, Service
from streamgauge_demo.facts import Change, Deployment, Fact, Flap, Rebuild, Scaling
from streamgauge_demo.requests import Request, Window
from streamgauge_demo.workload import image
from tests.demo.helpers import DAYS, TODAY, always, history, parsed, watched
from tests.plugins.kubernetes.builders import predicate

ENVIRONMENTS = kubernetes.SETTINGS["STREAMGAUGE_KUBERNETES_ENVIRONMENTS"]
WATCHED = [service for service in SERVICES if service.reported_by == "kubernetes"]


def truth(facts: list[Fact]) -> list[tuple[Any, ...]]:
    """What must come out of the facts from the first one on."""
    running: dict[str, list[Change]] = {}
    expected: list[tuple[Any, ...]] = []
    for fact in facts:
        if isinstance(fact, Rebuild):
            running["staging"] = []
            expected.append(("removed", "staging", fact.at, None))
        elif isinstance(fact, Deployment):
            ran = running.setdefault(fact.environment, [])
            if fact.result == "failure":
                done = "failed"
            elif fact.result == "rollback":
                done = "rolledback"
            else:
                done = "upgraded" if ran else "deployed"
            if fact.result != "failure":
                ran.append(fact.change)
            expected.append((done, fact.environment, fact.ended, fact.change.commit))
    return expected


def told(cdevents: list[CDEvent]) -> list[tuple[Any, ...]]:
    return [
        (
            predicate(cdevent),
            cdevent.content["environment"]["id"],
            cdevent.timestamp,
            None if predicate(cdevent) == "removed" else cdevent.custom_data["commit"],
        )
        for cdevent in cdevents
    ]


def in_order(requests: list[Request]) -> list[Request]:
    return sorted(requests, key=lambda request: request.at)


@pytest.mark.parametrize("service", WATCHED, ids=lambda service: service.name)
def test_the_deployments_are_those_of_the_story(service: Service) -> None:
    facts = history(service)
    requests = in_order(list(kubernetes.requests(facts, always(TODAY))))
    found = watched(requests, ENVIRONMENTS)
    assert sorted(told(found), key=str) == sorted(truth(facts), key=str)
    kinds = Counter(predicate(cdevent) for cdevent in found)
    assert set(kinds) == {"deployed", "upgraded", "rolledback", "failed", "removed"}
    assert {cdevent.subject_id for cdevent in found} == {service.full_name}
    # Most of what the watch sends means nothing.
    assert len(requests) > 4 * len(found)


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("service", WATCHED, ids=lambda service: service.name)
def test_a_window_tells_the_same_once_it_has_begun(day: date, service: Service) -> None:
    """Only the first sighting differs: what a workload ran before the window is not known."""
    facts, window = history(service, day), Window.before(day)
    found = told(watched(in_order(list(kubernetes.requests(facts, window))), ENVIRONMENTS))
    begun = window.start + timedelta(days=21)
    expected = [each for each in truth(facts) if begun <= each[2] < window.end]
    assert sorted(expected, key=str) == sorted((f for f in found if f[2] >= begun), key=str)


@pytest.mark.parametrize("service", WATCHED, ids=lambda service: service.name)
def test_versions_grow_with_time(service: Service) -> None:
    """Within the life of an object, as an API server would have them."""
    last: dict[str, tuple[int, int, int]] = {}
    for _, _, sighting in kubernetes.sightings(history(service)):
        metadata = sighting.document()["metadata"]
        revision = metadata["annotations"].get("deployment.kubernetes.io/revision", "0")
        versions = int(metadata["resourceVersion"]), metadata["generation"], int(revision)
        before = last.get(metadata["uid"], (0, 0, 0))
        assert versions[0] > before[0]
        assert versions >= before
        last[metadata["uid"]] = versions


@pytest.mark.parametrize("service", WATCHED, ids=lambda service: service.name)
def test_every_operation_and_every_noise_is_there(service: Service) -> None:
    window = Window.before(TODAY)
    requests = list(kubernetes.requests(history(service), window))
    events = [event for request in requests for event in parsed(request)]
    operations = Counter(event.type.rpartition(".")[2] for event in events)
    assert operations["update"] > 100 * operations["add"] > 0
    assert operations["delete"] >= 1
    noise = Counter(type(fact) for fact in history(service) if fact.at in window)
    assert noise[Scaling] > 40
    assert noise[Flap] > 10


def test_lanes_are_workloads() -> None:
    for request in kubernetes.requests(history(WATCHED[0]), always(TODAY)):
        assert request.lane == f"{request.headers['ce-namespace']}/{request.headers['ce-name']}"


def test_an_image_has_a_tag_and_a_digest() -> None:
    (change, *_) = (f for f in history(WATCHED[0]) if isinstance(f, Change))
    assert image(change).startswith("registry.northquay.example/timetable:1.1.0@sha256:")
