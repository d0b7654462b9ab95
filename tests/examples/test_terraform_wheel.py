"""The example of a source and a metric as its users get it: a wheel, in an environment of its own,
and beside the service."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import fresh_database
from tests.examples.packages import TERRAFORM
from tests.fresh import Fresh, beside_the_service, wheel_of
from tests.service import Answer, Service

pytestmark = pytest.mark.slow

SECRETS = {"new": "the new one", "old": "the one before"}
DAY = {"from": "2026-03-02", "to": "2026-03-03"}
SETTINGS = f"""
[plugins.terraform]
secret = ["{SECRETS["new"]}", "{SECRETS["old"]}"]
environments = {{"*-staging" = "staging"}}
services = {{"shop-*" = "shop"}}
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel_of(TERRAFORM.folder, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def service(
    server_url: str, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("beside")
    (folder / "streamgauge.toml").write_text(SETTINGS)
    environ = {
        **beside_the_service(wheel, folder / "site"),
        "STREAMGAUGE_CONFIG": str(folder / "streamgauge.toml"),
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def deliver(service: Service, case: str, secret: str) -> Answer:
    body = (TERRAFORM.folder / "tests/cases" / case).read_bytes()
    signature = hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()
    return service.post(
        "/webhooks/terraform",
        body,
        content_type="application/json",
        x_tfe_notification_signature=signature,
    )


def ask(service: Service, metric: str, **more: Any) -> Any:
    found = service.get(f"/v1/metrics/{metric}", **DAY, **more)
    assert found.status == 200, found.body
    return found.json


def test_its_own_tests_pass_where_it_is_installed(
    fresh: Fresh, wheel: Path, tmp_path: Path
) -> None:
    fresh.install(f"{wheel}[test]")
    shutil.copytree(TERRAFORM.folder / "tests", tmp_path / "tests")
    shutil.copy(TERRAFORM.folder / "pyproject.toml", tmp_path)
    assert "passed" in fresh.run("pytest", cwd=tmp_path)
    items = json.loads(fresh.run("streamgauge", "plugins", "--json"))["items"]
    [mine] = [item for item in items if item["name"] == "terraform"]
    assert (mine["distribution"], mine["error"]) == ("streamgauge-terraform", None)
    assert mine["brings"]["metrics"] == ["apply_wait"]


def test_its_source_and_its_metric_over_the_network(service: Service) -> None:
    assert deliver(service, "verification.json", SECRETS["new"]).status == 202
    refused = deliver(service, "applied/4-applying.json", "another")
    assert (refused.status, refused.json["type"]) == (403, "/problems/webhook-refused")
    service.settle()
    assert ask(service, "apply_wait")["value"] is None
    cases = sorted((TERRAFORM.folder / "tests/cases").glob("*/*.json"))
    for number, case in enumerate(reversed(cases)):
        secret = SECRETS["new" if number % 2 else "old"]
        name = str(case.relative_to(TERRAFORM.folder / "tests/cases"))
        assert deliver(service, name, secret).headers["streamgauge-accepted"] == "1"
    service.settle()
    found = ask(service, "apply_wait", group_by="service,environment")
    assert (found["value"], found["unit"]) == (1800, "seconds")
    values = [(each["environment"], each["value"], each["n"]) for each in found["groups"]]
    assert sorted(values) == [("production", 1800, 1), ("staging", None, 0)]
    assert ask(service, "deployment_frequency")["n"] == 1
    explained = service.get("/v1/metrics/apply_wait/explain", **DAY).json
    [counted] = [item for item in explained["items"] if item["counts"]]
    events = service.get(f"/v1/lineage/{counted['run']}").json["events"]
    assert {event["cdevent"]["type"].split(".")[3] for event in events} >= {"waiting", "started"}
