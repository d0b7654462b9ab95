"""The tools that deploy against the running service: from a delivery to lists and metrics."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import fresh_database
from tests.plugins.argo_rollouts.samples import rollout
from tests.plugins.flux.samples import applied
from tests.plugins.fourkeys.samples import build, pushed
from tests.service import Answer, Service

from .samples import application

SECRET = "wick and wax"
NAMES = ("ARGO_CD", "ARGO_ROLLOUTS", "FLUX", "FOURKEYS", "KUBERNETES")
DAY = {"from": "2026-03-02", "to": "2026-03-03", "interval": "day"}


@pytest.fixture(scope="module")
def running(server_url: str) -> Iterator[Service]:
    environ = {f"STREAMGAUGE_{name}_SECRET": SECRET for name in NAMES}
    environ["STREAMGAUGE_ARGO_CD_ENVIRONMENT"] = "production"
    environ["STREAMGAUGE_FLUX_ENVIRONMENT"] = "production"
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def post(service: Service, source: str, payload: Any, **headers: str) -> Answer:
    body = json.dumps(payload).encode()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if not given:
        given["authorization"] = f"Bearer {SECRET}"
    given = {"content-type": "application/json", **given}
    return service.request("POST", f"/webhooks/{source}", body, given)


def deployments(running: Service, **filters: Any) -> list[dict[str, Any]]:
    running.settle()
    items: list[dict[str, Any]] = running.get("/v1/deployments", **filters).json["items"]
    return items


def test_argo_cd_that_fires_again_and_again_deploys_twice_and_has_an_incident(
    running: Service,
) -> None:
    notices = [
        application(["lamps:1"]),
        application(["lamps:1"], since=5),
        application(["lamps:1"], 10, revision="b"),
        application(["lamps:2"], 20, revision="c"),
        application(["lamps:2"], 20, revision="c", health="Degraded", since=30),
        application(["lamps:2"], 20, revision="c", since=50),
    ]
    for notice in [*notices, notices[3]]:
        assert post(running, "argo-cd", notice).status == 202
    found = deployments(running, service="lamps")
    assert [item["outcome"] for item in found] == ["success", "success"]
    frequency = running.get("/v1/metrics/deployment_frequency", service="lamps", **DAY).json
    assert [bucket["volume"] for bucket in frequency["buckets"]] == [2]
    [incident] = running.get("/v1/incidents", service="lamps").json["items"]
    assert incident["resolved_at"] is not None
    failed = running.get("/v1/metrics/change_fail_rate", service="lamps", **DAY).json
    assert failed["buckets"][0]["value"] == 0.5


def test_an_upgrade_that_leaves_it_degraded_is_not_put_down_to_the_version_before(
    running: Service,
) -> None:
    named = {"name": "torch", "uid": "u-9"}
    both = ["torch:1", "torch:2"]
    notices = [
        application(["torch:1"], 100, **named),
        application(both, 110, revision="b", health="Degraded", since=120, **named),
        application(["torch:1"], 130, revision="c", since=131, **named),
    ]
    for notice in notices:
        assert post(running, "argo-cd", notice).status == 202
    found = deployments(running, service="torch")
    assert sorted(item["outcome"] for item in found) == ["failure", "success"]
    failed = running.get("/v1/metrics/change_fail_rate", service="torch", **DAY).json
    assert failed["buckets"][0]["value"] == 0


def test_flux_signs_and_says_a_revision_at_each_interval(running: Service) -> None:
    for notice in (applied("a"), applied("a", 10), applied("b", 20), applied("b", 30)):
        body = json.dumps(notice).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert post(running, "flux", notice, x_signature=f"sha256={signature}").status == 202
    assert len(deployments(running, service="lamps-prod/lamps")) == 2
    assert post(running, "flux", applied("c"), x_signature="sha256=00").status == 403


def test_pub_sub_pushes_builds(running: Service) -> None:
    for number, notice in enumerate(
        (build("WORKING"), build(), build(), build("FAILURE", minute=9))
    ):
        assert post(running, "fourkeys", pushed(notice, number)).status == 202
    found = deployments(running, service="lamps", environment="production")
    assert {item["outcome"] for item in found} == {"success", "failure"}


def test_a_rollout_counts_once_by_its_notification_and_its_object(running: Service) -> None:
    document = rollout("a", 1)
    stale = {**document, "status": {"phase": "Paused"}}
    at = document["status"]["conditions"][0]["lastUpdateTime"]
    notice = {"event": "rollout-completed", "timestamp": at, "rollout": stale}
    assert post(running, "argo-rollouts", notice).status == 202
    answer = post(
        running,
        "kubernetes",
        document,
        authorization=f"Bearer {SECRET}",
        ce_specversion="1.0",
        ce_id="k-1",
        ce_source="https://10.96.0.1:443",
        ce_type="dev.knative.apiserver.resource.update",
    )
    assert answer.status == 202
    assert len(deployments(running, service="/lamps/web")) == 1


@pytest.mark.parametrize("source", ["argo-cd", "argo-rollouts", "flux", "fourkeys", "kubernetes"])
def test_without_the_secret_each_refuses(running: Service, source: str) -> None:
    answer = post(running, source, {}, authorization="Bearer another")
    assert (answer.status, answer.json["type"]) == (403, "/problems/webhook-refused")


def test_nothing_was_parked(running: Service) -> None:
    running.settle()
    items = running.get("/v1/projections").json["items"]
    assert {item["parked"] for item in items} == {0}
