"""`streamgauge transform`: what comes of deliveries, without a database."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cdevents import kind_of, validate
from tests.cli.test_cli import Run, run
from tests.plugins.github.samples import ONE, TWO, deployment, pull

HEADERS = {
    "Content-Type": "application/json",
    "X-GitHub-Event": "deployment_status",
    "X-GitHub-Delivery": "d-1",
}
CASES = Path(__file__).parents[1] / "plugins"
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    """A database that is not there, a data folder to see that none is made, an empty home."""
    return {"STREAMGAUGE_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path / "home")}


def write(folder: Path, name: str, payload: Any, headers: Mapping[str, str] | None = None) -> str:
    file = folder / name
    file.write_text(json.dumps(payload))
    if headers is not None:
        file.with_name(f"{file.stem}.headers.json").write_text(json.dumps(headers))
    return str(file)


def kinds(done: Run) -> list[str]:
    documents = [json.loads(line) for line in done.out.splitlines()]
    for document in documents:
        validate(document)
    return [str(kind_of(document["context"]["type"])) for document in documents]


def test_one_file_with_its_headers_beside_it(tmp_path: Path, environ: Mapping[str, str]) -> None:
    file = write(tmp_path, "it.json", deployment("success"), HEADERS)
    done = run("transform", "--source", "github", file, environ=environ)
    assert (done.code, done.err, kinds(done)) == (0, "", ["service.deployed"])


def test_no_database_is_started_nor_asked(tmp_path: Path, environ: Mapping[str, str]) -> None:
    file = write(tmp_path, "it.json", deployment("success"), HEADERS)
    for url in (None, NOWHERE):
        assert run("transform", "--source", "github", file, url=url, environ=environ).code == 0
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "home").exists() or not list((tmp_path / "home").rglob("*"))


def test_several_files_are_one_log(tmp_path: Path, environ: Mapping[str, str]) -> None:
    files = []
    for number, commit in enumerate((ONE, TWO, ONE), start=1):
        payload = deployment(
            "success", number=number, commit=commit, at=f"2026-03-0{number}T12:00:00Z"
        )
        headers = {**HEADERS, "X-GitHub-Delivery": f"d-{number}"}
        files.append(write(tmp_path, f"{number}.json", payload, headers))
    done = run("transform", "--source", "github", *files, files[0], environ=environ)
    assert done.code == 0
    assert kinds(done) == ["service.deployed", "service.upgraded", "service.rolledback"]
    backwards = run("transform", "--source", "github", *files[::-1], environ=environ)
    assert kinds(backwards) == ["service.deployed"] * 3


def test_a_pattern_that_names_the_headers_too(tmp_path: Path, environ: Mapping[str, str]) -> None:
    write(tmp_path, "it.json", deployment("success"), HEADERS)
    files = sorted(str(file) for file in tmp_path.glob("*.json"))
    assert len(files) == 2
    done = run("transform", "--source", "github", *files, environ=environ)
    assert (done.code, kinds(done)) == (0, ["service.deployed"])


def test_headers_from_elsewhere_hold_for_every_file(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    headers = write(tmp_path, "headers", {**HEADERS, "X-GitHub-Event": "pull_request"})
    file = write(tmp_path, "it.json", pull("opened"), HEADERS)
    done = run("transform", "--source", "github", "--headers", headers, file, environ=environ)
    assert (done.code, kinds(done)) == (0, ["change.created"])


def test_standard_input_is_a_dash(tmp_path: Path, environ: Mapping[str, str]) -> None:
    headers = write(tmp_path, "headers", HEADERS)
    body = json.dumps(deployment("success")).encode()
    given = ("transform", "--source", "github", "--headers", headers, "-")
    done = run(*given, stdin=body, environ=environ)
    assert (done.code, kinds(done)) == (0, ["service.deployed"])
    harbor = (CASES / "harbor/cases/default-push-tag.json").read_bytes()
    done = run("transform", "--source", "harbor", "-", stdin=harbor, environ=environ)
    assert (done.code, kinds(done)) == (0, ["artifact.published"])


def test_cloudevents_as_they_are(tmp_path: Path, environ: Mapping[str, str]) -> None:
    file = str(CASES / "harbor/cases/cloudevents-push-tag.json")
    done = run("transform", "--source", "cloudevents", file, environ=environ)
    assert (done.code, kinds(done)) == (0, ["artifact.published"])


def test_settings_and_routes_hold_and_secrets_do_not(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    file = write(tmp_path, "it.json", deployment("success"), HEADERS)
    changed = {
        **environ,
        "STREAMGAUGE_GITHUB_SECRET": "never shown",
        "CE_ROUTES": "routes: {com.github.deployment_status: []}",
    }
    done = run("transform", "--source", "github", file, environ=changed)
    assert (done.code, done.out) == (0, "")
    relative = str(CASES / "distribution/cases/push-relative-address.json")
    changed = {**environ, "STREAMGAUGE_DISTRIBUTION_REGISTRY": "registry.example"}
    done = run("transform", "--source", "distribution", relative, environ=changed)
    assert "repository_url=registry.example/hats/shop" in done.out


def test_what_would_be_refused_is_said_and_the_rest_goes_on(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    bad = write(tmp_path, "bad.json", [], HEADERS)
    worse = write(tmp_path, "worse.json", {}, {"Content-Type": "text/plain"})
    good = write(tmp_path, "good.json", deployment("success"), HEADERS)
    done = run("transform", "--source", "github", bad, worse, good, environ=environ)
    assert (done.code, kinds(done)) == (1, ["service.deployed"])
    one, other, last = done.err.splitlines()
    assert one == f"{bad}: refused: body: the payload is not a JSON object"
    assert other.startswith(f"{worse}: refused: Content-Type: must be application/json")
    assert last == "not everything became CDEvents"


def test_headers_that_are_none_are_said(tmp_path: Path, environ: Mapping[str, str]) -> None:
    file = write(tmp_path, "it.json", deployment("success"))
    headers = write(tmp_path, "headers", ["X-GitHub-Event"])
    done = run("transform", "--source", "github", "--headers", headers, file, environ=environ)
    assert (done.code, done.out) == (1, "")
    assert f"{headers}: must be a JSON object of texts" in done.err


def test_what_would_be_parked_is_said_with_its_transformer(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    event = json.loads((CASES / "harbor/cdevents/push.json").read_bytes())
    del event["data"]["subject"]
    file = write(tmp_path, "it.json", event)
    done = run("transform", "--source", "cloudevents", file, environ=environ)
    assert (done.code, done.out) == (1, "")
    said, last = done.err.splitlines()
    assert said.startswith(
        f"{file}: dev.cdevents.artifact.published.0.1.1, transformer cdevents: InvalidCDEvent: "
    )
    assert last == "not everything became CDEvents"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--source", "rocket", "FILE"], "there is no source named 'rocket'; known: "),
        (["FILE"], "Missing option '--source'"),
        (["--source", "github"], "Missing argument 'FILES...'"),
        (["--source", "github", "nowhere.json"], "does not exist"),
        (["--source", "github", "--headers", "nowhere.json", "FILE"], "does not exist"),
        (["--source", "github", os.curdir], "is a directory"),
    ],
)
def test_wrong_usage(
    tmp_path: Path, environ: Mapping[str, str], arguments: list[str], said: str
) -> None:
    file = write(tmp_path, "it.json", {}, HEADERS)
    given = [file if each == "FILE" else each for each in arguments]
    done = run("transform", *given, environ=environ)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
