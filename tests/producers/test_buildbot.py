"""A real Buildbot: its builds are pipeline runs, and deployments where a builder says so."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streamgauge.declarative import read_file, try_out
from tests.conftest import ROOT
from tests.producers.programs import answers, free_port, program, running
from tests.producers.repositories import Repository
from tests.producers.telling import SECRET, ask, cdevents, nothing_is_parked, now
from tests.service import Service, eventually

CONFIG = ROOT / "examples/buildbot/master.cfg"
MAPPING = ROOT / "examples/buildbot/buildbot.yaml"
PASSWORD = "of the changes"


@dataclass(frozen=True)
class Buildbot:
    binary: str
    port: int
    repository: Repository

    def build(self, deploys: str, at: datetime) -> str:
        """Commit a way to deploy, push it and tell Buildbot, which builds it; the commit."""
        (self.repository.work / "deploy.sh").write_text(f"{deploys}\n")
        commit = self.repository.commit("file", at=at)
        self.repository.push()
        subprocess.run(
            [self.binary, "sendchange", "--master", f"127.0.0.1:{self.port}",
             "--auth", f"git:{PASSWORD}", "--who", 'Ann "the" Ümläut <ann@example.com>',
             "--vc", "git", "--branch", "main", "--revision", commit,
             "--repository", self.repository.address, "--project", "shop", "file"],
            check=True,
            capture_output=True,
        )  # fmt: skip
        return commit


@pytest.fixture
def buildbot(service: Service, tmp_path: Path) -> Iterator[Buildbot]:
    binary = program("buildbot", by="make producers")
    program("git", by="apt-get install git")
    program("curl", by="apt-get install curl")
    url, port = f"http://127.0.0.1:{service.port}", free_port()
    repository = Repository.made(tmp_path, url)
    folder, log = tmp_path / "master", tmp_path / "log"
    subprocess.run(
        [binary, "create-master", f"--config={CONFIG}", str(folder)],
        check=True,
        capture_output=True,
    )
    environ = {
        **repository.environ,
        "CHANGES_PASSWORD": PASSWORD,
        "PORT": str(port),
        "REPOSITORY": str(repository.bare),
        "STREAMGAUGE_GENERIC_SECRET": SECRET,
        "STREAMGAUGE_URL": url,
    }
    with running(binary, "start", "--nodaemon", str(folder), log=log, environ=environ) as process:
        eventually(lambda: answers(process, port, folder / "twistd.log"))
        yield Buildbot(binary, port, repository)


def runs(service: Service) -> list[tuple[str, str]]:
    return [
        (event["context"]["type"].split(".")[3], event["subject"]["content"].get("outcome"))
        for event in cdevents(service, "pipelinerun")
    ]


def finished(service: Service, number: int) -> list[Any]:
    """Deployments, the oldest first, when there are so many of them."""
    service.settle()
    items = service.get("/v1/deployments", service="shop").json["items"]
    return items[::-1] if len(items) == number else []


def test_the_example_passes_its_own_tests() -> None:
    document = read_file(MAPPING)
    assert len(document.tests) == 9
    assert try_out(document) == []


def test_the_page_shows_the_reporter_of_the_example() -> None:
    config, page = CONFIG.read_text(), (ROOT / "docs/how-to/buildbot.md").read_text()
    start = config.index("streamgauge = ")
    reporter = config[start : config.index("\n)\n", start) + 2]
    assert textwrap.indent(reporter, " " * 3) in page


@pytest.mark.slow
def test_builds_are_runs_and_deployments(service: Service, buildbot: Buildbot) -> None:
    at = now()
    first = buildbot.build("true", at - timedelta(days=3))
    [deployment] = eventually(lambda: finished(service, 1))
    assert [(each["commit"], each["rule"]) for each in deployment["commits"]] == [(first, "given")]
    assert runs(service) == [("started", None), ("finished", "success")]

    buildbot.build("exit 1", at - timedelta(hours=9))
    _, failed = eventually(lambda: finished(service, 2))
    assert failed["outcome"] == "failure"
    assert runs(service)[2:] == [("started", None), ("finished", "failure")]

    second = buildbot.build("true", at - timedelta(hours=4))
    _, _, deployment = eventually(lambda: finished(service, 3))
    assert deployment["commits"][0]["commit"] == second
    assert ask(service, "deployment_frequency", service="shop")["n"] == 2
    eventually(buildbot.repository.is_idle)
    answer = ask(service, "change_lead_time", service="shop")
    ended = datetime.fromisoformat(deployment["finished_at"])
    hours = [(ended - at).total_seconds() / 3600 + hours for hours in (4, 9)]
    assert (answer["n"], answer["value"]) == (2, pytest.approx(sum(hours) / 2 * 3600))
    assert nothing_is_parked(service)
