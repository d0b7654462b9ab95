"""One notification is the same whichever way it comes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent

from streamgauge import CDEvent
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.settings import Settings
from streamgauge_fourkeys import receivers, routes, transformers
from streamgauge_fourkeys.transformer import BuildTransformer
from tests.plugins.posting import Run, request

from .samples import argo_cd, build, pushed


def ids(events: list[CDEvent]) -> list[tuple[str, str, str]]:
    return [(event.id, event.source, event.type) for event in events]


@pytest.mark.parametrize("notice", [build(), build("FAILURE"), argo_cd(), argo_cd(status="ERROR")])
def test_what_pub_sub_pushes_is_what_is_in_it(notice: Any) -> None:
    plain, wrapped = Run("fourkeys").post(notice), Run("fourkeys").post(pushed(notice))
    assert ids(plain) == ids(wrapped) != []
    run = Run("fourkeys")
    run.post(notice)
    assert run.post(pushed(notice, 1), pushed(notice, 2)) == []


@pytest.mark.parametrize("data", [build(), pushed(build())])
@pytest.mark.parametrize(
    "name",
    [
        "google.cloud.cloudbuild.build.v1.statusChanged",
        "google.cloud.pubsub.topic.v1.messagePublished",
    ],
)
def test_eventarc_brings_the_same(name: str, data: Any) -> None:
    assert routes()[name] == ["fourkeys", "fourkeys-deployments"]
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    event = CloudEvent({"id": "1", "source": "//google", "type": name, "time": at}, data)
    by_hook = [e for e in Run("fourkeys").post(build()) if "pipelinerun" in e.type]
    assert ids(BuildTransformer().transform(event)) == ids(by_hook)


@pytest.mark.parametrize("data", ["", "%%%", "e30=", "W10=", "bm8ganNvbg==", None, 7])
def test_what_is_in_no_known_form_is_refused_with_the_forms(data: Any) -> None:
    with pytest.raises(InvalidInput, match="Pub/Sub"):
        Run("fourkeys").post({"message": {"data": data}})


def test_another_message_of_a_shared_topic_gives_nothing() -> None:
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    name = "google.cloud.pubsub.topic.v1.messagePublished"
    for data in (None, "text", {"message": {"data": "aGVsbG8="}}, {"message": {"data": "e30="}}):
        event = CloudEvent({"id": "1", "source": "//google", "type": name, "time": at}, data)
        stateless, stateful = transformers(Settings(plugins={}))
        assert stateless.transform(event) == []  # type: ignore[union-attr]
        assert stateful.state_key(event) is None  # type: ignore[union-attr]


def test_a_message_keeps_its_number_when_it_is_pushed_again() -> None:
    [receiver] = receivers(Settings(plugins={"fourkeys": {"allow_unsigned": True}}))
    [one] = receiver.receive(request(pushed(build(), 41)))
    assert one.id == "41"
    assert (one.type, one.source) == ("dev.dora.fourkeys.cloud-build", "cloud-build")
    [plain] = receiver.receive(request(build()))
    assert len(plain.id) == 64


@pytest.mark.parametrize(
    ("headers", "query", "taken"),
    [
        ({"argo-signature": "wick"}, {}, True),
        ({"authorization": "Bearer wick"}, {}, True),
        ({}, {"secret": "wick"}, True),
        ({"argo-signature": "wax"}, {}, False),
        ({"authorization": "Bearer a.token.of.Google's"}, {"secret": "wick"}, True),
        ({}, {}, False),
    ],
)
def test_the_secret_is_shown_where_the_tool_can_show_it(
    headers: dict[str, str], query: dict[str, str], taken: bool
) -> None:
    [receiver] = receivers(Settings(plugins={"fourkeys": {"secret": ["new", "wick"]}}))
    body = json.dumps(argo_cd()).encode()
    given = type(request(b""))({"content-type": "application/json", **headers}, body, query)
    if taken:
        assert len(receiver.receive(given)) == 1
    else:
        with pytest.raises(WebhookRefused):
            receiver.receive(given)
