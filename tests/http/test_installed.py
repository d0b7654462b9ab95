"""GET /v1/plugins and GET /v1/routes: what the commands print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_cli import run
from tests.conftest import fresh_database
from tests.service import Service

TABLE = """
routes:
  com.github.push: []
  com.example.*: [github]
rules:
  - name: ours
    filters:
      - prefix: {source: /acme/}
    to: [kubernetes]
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("routes") / "routes.yaml"
    path.write_text(TABLE)
    return path


@pytest.fixture(scope="module")
def service(server_url: str, table: Path) -> Iterator[Service]:
    environ = {"STREAMGAUGE_ROUTES": str(table)}
    with (
        fresh_database(server_url) as url,
        Service.running(url, roles=("api",), environ=environ) as service,
    ):
        yield service


def test_plugins_are_those_that_the_command_lists(service: Service) -> None:
    found = service.get("/v1/plugins")
    assert found.status == 200
    assert found.json == run("plugins", "--json", environ=service.environ).json
    (github,) = [item for item in found.json["items"] if item["name"] == "github"]
    assert github["brings"]["receivers"] == ["github"]


def test_routes_are_those_that_the_command_lists(service: Service) -> None:
    found = service.get("/v1/routes").json
    assert found.pop("error") is None
    assert found == run("routes", "--json", environ=service.environ).json
    assert found["routes"]["com.github.push"] == []
    assert [rule["name"] for rule in found["rules"]] == ["ours"]


def test_a_table_that_cannot_be_read_is_told_beside_the_last_one(
    service: Service, table: Path
) -> None:
    before = service.get("/v1/routes").json
    table.write_text("routes: {t: [gitbuh]}")
    broken = service.get("/v1/routes").json
    assert "no transformer named 'gitbuh'" in broken.pop("error")
    assert {**broken, "error": None} == before
    table.write_text(TABLE)
    assert service.get("/v1/routes").json == before


@pytest.mark.parametrize("path", ["/v1/plugins", "/v1/routes"])
def test_there_are_no_parameters(service: Service, path: str) -> None:
    answer = service.get(path, name="github")
    assert (answer.status, answer.json["where"]) == (400, "name")
