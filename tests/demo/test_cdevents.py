"""The tool that speaks CDEvents itself."""

from __future__ import annotations

import json
from typing import Any

from streamgauge import cdevents as core
from streamgauge.timestamps import parse_rfc3339
from streamgauge_demo import cdevents
from streamgauge_demo.facts import Deployment
from streamgauge_demo.requests import Request, Window
from tests.demo.helpers import TODAY, always, history, named, parsed


def batch() -> tuple[Request, list[dict[str, Any]]]:
    (request,) = cdevents.requests(history(named("customs")), Window.before(TODAY))
    return request, json.loads(request.body)


def test_one_batch_of_valid_cdevents() -> None:
    request, documents = batch()
    assert len(parsed(request)) == len(documents)
    for document in documents:
        core.validate(document["data"])
        context = document["data"]["context"]
        for name in ("id", "source", "type"):
            assert document[name] == context[name]


def test_the_deployments_are_those_of_the_story() -> None:
    (request,) = cdevents.requests(history(named("customs")), always(TODAY))
    told = [
        (
            core.CDEvent(event["data"]).timestamp,
            event["data"]["subject"]["content"]["environment"]["id"],
            event["data"]["customData"]["commit"],
            parse_rfc3339(event["data"]["customData"]["startedAt"]),
        )
        for event in json.loads(request.body)
    ]
    assert told == [
        (fact.ended, fact.environment, fact.change.commit, fact.at)
        for fact in history(named("customs"))
        if isinstance(fact, Deployment)
    ]


def test_a_window_without_any_sends_nothing() -> None:
    assert cdevents.requests(history(named("shop")), always(TODAY)) == []
