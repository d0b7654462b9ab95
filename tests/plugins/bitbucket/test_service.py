"""Bitbucket's webhooks against the real service, to the metrics."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import pytest

from streamgauge import WebhookRequest
from tests.conftest import fresh_database
from tests.service import Answer, Service

from .samples import MERGE, delivery

SECRET = "quayside"
SEQUENCE = "deployed-upgraded-and-rolled-back"


@pytest.fixture(scope="module")
def bitbucket(server_url: str) -> Iterator[Service]:
    environ = {
        "STREAMGAUGE_BITBUCKET_SECRET": SECRET,
        "STREAMGAUGE_BITBUCKET_DEPLOYMENTS": "deploy-*",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def send(service: Service, request: WebhookRequest, secret: str = SECRET) -> Answer:
    signature = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    headers = {**request.headers, "x-hub-signature": f"sha256={signature}"}
    return service.request("POST", "/webhooks/bitbucket", request.body, headers)


def test_a_merge_reaches_production_by_a_status(bitbucket: Service) -> None:
    assert send(bitbucket, delivery("push-of-a-merge"), "wrong").status == 403
    for name in (
        f"{SEQUENCE}/02-first",
        "pull-request-created",
        "pull-request-merged",  # before the push that brings its whole commit
        "push-of-a-merge",
        "push-of-a-merge",
        f"{SEQUENCE}/03-second",
    ):
        assert send(bitbucket, delivery(name)).status == 202, name
    bitbucket.settle()
    asked = {"from": "2026-03-01", "to": "2026-03-08", "service": "northquay/timetable"}
    frequency = bitbucket.get("/v1/metrics/deployment_frequency", interval="all", **asked).json
    assert [bucket["volume"] for bucket in frequency["buckets"]] == [2]
    [change] = bitbucket.get("/v1/changes", **asked).json["items"]
    assert change["commit"] == MERGE
    [link] = [each for each in change["deployments"] if each["environment"] == "production"]
    assert link["rule"] == "commit"
