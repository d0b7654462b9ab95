"""GET /v1/lineage/<id>, over a socket: a tool's webhook in, the way back out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from streamgauge import new_event
from streamgauge.cdevents import in_cloudevent
from streamgauge.streams.cloudevents_log import identity
from tests.conftest import fresh_database
from tests.lineage.changes import CHANGE, CREATED, MERGED, REVIEWED, install
from tests.plugins.github.samples import API, CASES
from tests.service import Answer, Service


@pytest.fixture(scope="module")
def service(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that takes GitHub's webhooks and has a plugin of somebody else's."""
    environ = {
        "STREAMGAUGE_GITHUB_ALLOW_UNSIGNED": "true",
        **install(tmp_path_factory.mktemp("changes")),
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def deliver(service: Service, case: str) -> dict[str, Any]:
    """The payload of a webhook that was delivered, with the case's name as its id."""
    event, payload = CASES[case]
    headers = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": case,
    }
    answer = service.request("POST", "/webhooks/github", json.dumps(payload).encode(), headers)
    assert answer.status == 202
    service.settle()
    return payload


def ask(service: Service, id: str) -> Answer:
    return service.request("GET", f"/v1/lineage/{quote(id, safe='')}")


def items(service: Service, log: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.get(f"/v1/events/{log}", limit=1000).json["items"]
    return found


def test_a_deployment_of_github_leads_down_to_its_webhook(service: Service) -> None:
    payload = deliver(service, "deployment-success")
    (deployed,) = [i for i in items(service, "cdevents") if "deployed" in str(i["event"])]
    found = ask(service, deployed["id"]).json
    assert found["what"] == ["cdevents", "delivery"]
    (event,) = found["events"]
    assert event["cdevent"]["document"] == deployed["event"]
    assert event["cdevent"]["position"] == deployed["position"]
    assert event["transformer"].startswith("github")
    cloudevent = event["cloudevent"]
    assert cloudevent["document"]["data"] == payload
    assert (cloudevent["event_id"], cloudevent["source"]) == ("deployment-success", API)
    assert cloudevent["type"] == "com.github.deployment_status"
    assert cloudevent["recorded_at"] == deployed["recorded_at"]
    up = ask(service, cloudevent["id"]).json
    assert (up["what"], up["events"]) == (["cloudevents"], [event])


def test_one_webhook_of_which_two_cdevents_were_made(service: Service) -> None:
    deliver(service, "incident-opened")
    found = ask(service, str(identity(API, "incident-opened"))).json
    kinds = {event["cdevent"]["type"].rsplit(".", 3)[0] for event in found["events"]}
    assert {"dev.cdevents.ticket.created", "dev.cdevents.incident.detected"} <= kinds
    assert {event["cloudevent"]["event_id"] for event in found["events"]} == {"incident-opened"}


def test_an_event_that_could_not_be_handled(service: Service) -> None:
    event = new_event(id="bad", source="/b", type="dev.cdevents.service.deployed.0.3.0", data={})
    service.send(event)
    service.settle()
    found = ask(service, str(identity("/b", "bad"))).json
    (barren,), (letter,) = found["events"], found["dead_letters"]
    assert (barren["cdevent"], barren["cloudevent"]["event_id"]) == (None, "bad")
    assert (letter["log"], letter["position"]) == ("cloudevents", barren["cloudevent"]["position"])
    assert (letter["handler"], letter["state"]) == ("cdevents", "parked")
    assert "the required member is missing" in letter["reason"]


def test_a_thing_with_a_url_for_an_id(service: Service) -> None:
    service.send_batch([in_cloudevent(event) for event in (MERGED, CREATED, REVIEWED)])
    service.settle()
    whole = ask(service, CHANGE)
    assert whole.json["what"] == ["changes", "delivery"]
    assert [event["cdevent"]["event_id"] for event in whole.json["events"]] == ["0", "1", "2"]
    assert service.request("GET", f"/v1/lineage/{CHANGE}").body == whole.body
    assert ask(service, CHANGE.removesuffix("/")).status == 404


@pytest.mark.parametrize(
    "id",
    [
        "6f1c2f6e-9f3a-4f0e-8d52-0c1a3b5d7e9f",
        "https://git.example/shop//pull/13",
        "/at the root/",
        "a b/\u00fc?#%2F%",
        "nul\0",
        "x" * 5000,
    ],
)
def test_an_unknown_id_is_told_which_are_taken(service: Service, id: str) -> None:
    answer = ask(service, id)
    assert (answer.status, answer.json["type"]) == (404, "/problems/not-found")
    assert answer.json["allowed"] == ["changes", "delivery"]
    shown = repr(id if len(id) < 200 else f"{id[:200]}...")
    assert answer.json["detail"].startswith(f"nothing has the id {shown}; an id is ")
    assert "a CDEvent's" in answer.json["detail"]


@pytest.mark.parametrize("path", ["/v1/lineage", "/v1/lineage/"])
def test_without_an_id_there_is_nothing(service: Service, path: str) -> None:
    assert service.request("GET", path).status == 404


@pytest.mark.parametrize("path", ["%ff", "%ed%a0%80", "%00", "%", "%2e%2e"])
def test_a_path_that_is_no_text_is_an_unknown_id(service: Service, path: str) -> None:
    answer = service.request("GET", f"/v1/lineage/{path}")
    assert (answer.status, answer.json["type"]) == (404, "/problems/not-found")


def test_there_are_no_parameters(service: Service) -> None:
    answer = service.get(f"/v1/lineage/{uuid4()}", documents="no")
    assert (answer.status, answer.json["where"]) == (400, "documents")


def test_every_event_of_both_logs_is_found_under_the_id_that_its_page_says(
    service: Service,
) -> None:
    for log in ("cloudevents", "cdevents"):
        for item in items(service, log):
            assert log in ask(service, item["id"]).json["what"], item
