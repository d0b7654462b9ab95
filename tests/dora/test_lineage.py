"""From what a metric is made of down to the raw webhooks, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from streamgauge import __version__
from tests.conftest import fresh_database
from tests.dora.github import CHANGE, MARCH, SHOP, STORY, deliver, listed
from tests.plugins.github.samples import ONE, TWO
from tests.service import Service


@pytest.fixture(scope="module")
def service(server_url: str) -> Iterator[Service]:
    environ = {"STREAMGAUGE_GITHUB_ALLOW_UNSIGNED": "true"}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        deliver(service, *STORY)
        yield service


def ask(service: Service, thing: str) -> Any:
    answer = service.request("GET", f"/v1/lineage/{quote(thing, safe='')}")
    assert answer.status == 200, answer.body
    return answer.json


def deliveries(found: Any) -> set[str]:
    return {event["cloudevent"]["event_id"] for event in found["events"]}


def test_a_lead_time_leads_from_its_change_to_webhooks_and_versions(service: Service) -> None:
    metric = service.get("/v1/metrics/change_lead_time", **MARCH).json
    assert metric["n"] == 1
    [change] = listed(service, "changes", **{"from": "2026-03-02"})
    assert change["id"] == CHANGE
    found = ask(service, change["id"])
    assert found["what"] == ["delivery"]
    assert deliveries(found) == {"push-branch", "opened", "reviewed", "merged", "push-merge"}
    payloads = {delivery: payload for delivery, _, payload in STORY}
    for event in found["events"]:
        raw = event["cloudevent"]
        assert raw["document"]["data"] == payloads[raw["event_id"]]
        assert event["transformer"] == f"github {__version__}"
    [link] = change["deployments"]
    deployment = ask(service, link["deployment"])
    assert deployment["what"] == ["cdevents", "delivery"]
    assert deliveries(deployment) == {"deploy-hats"}
    assert deployment["events"][0]["transformer"] == f"github-deployments {__version__}"
    # The lead time is that from the push's commit to this deployment.
    ended = deployment["events"][0]["cdevent"]["timestamp"]
    assert (change["first_commit_at"], ended) == ("2026-02-27T21:30:00Z", "2026-03-03T12:00:00Z")
    assert metric["value"] == (3 * 24 + 14.5) * 3600


def test_a_commit_without_a_change_leads_to_its_push(service: Service) -> None:
    [commit] = listed(service, "changes", to="2026-03-02")
    assert commit["id"] == f"{SHOP}@{ONE}"
    assert deliveries(ask(service, commit["id"])) == {"push-first"}
    assert deliveries(ask(service, f"{SHOP}@{TWO}")) == {"push-branch"}


def test_an_incident_leads_to_its_events(service: Service) -> None:
    [incident] = listed(service, "incidents")
    found = ask(service, incident["id"])
    assert deliveries(found) == {"incident"}
    assert "incident.detected" in found["events"][0]["cdevent"]["type"]


def test_an_artifact_is_found_by_any_of_its_ids(service: Service) -> None:
    digest = "sha256:" + "cd" * 32
    for name in (digest, f"pkg:oci/shop@{digest.replace(':', '%3A')}?tag=1.4.0"):
        found = ask(service, name)
        assert deliveries(found) == {"image"}, name
        assert found["what"] == ["delivery"]


def test_every_item_of_every_list_has_a_lineage(service: Service) -> None:
    items = [item for name in ("deployments", "changes", "incidents")
             for item in listed(service, name)]  # fmt: skip
    assert len(items) == 6
    for item in items:
        assert ask(service, item["id"])["what"]


@pytest.mark.parametrize(
    "thing", ["https://github.com/acme/shop", f"{SHOP}@", f"{SHOP}@{'9' * 40}", "@", "n" * 5000]
)
def test_what_is_not_there_is_not_found(service: Service, thing: str) -> None:
    answer = service.request("GET", f"/v1/lineage/{quote(thing, safe='')}")
    assert (answer.status, answer.json["allowed"]) == (404, ["delivery"])
