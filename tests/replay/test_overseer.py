"""The worker makes anew what a changed definition or version makes due, and only that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.replay import overseer
from streamgauge.replay.overseer import Overseer
from streamgauge.settings import Settings
from streamgauge.stages import builds, requests
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.conftest import fresh_database
from tests.helpers import a_deployment, append_cdevents, drain, processors, replay, rows, stages
from tests.replay.counting import a_definition, with_definition
from tests.service import Service, eventually

OPEN = "select stage, action, asked_by, state from replays order by replay_id"


class Process:
    """A replay's process that does nothing yet."""

    started: list[list[str]]

    def __init__(self, arguments: list[str], **more: Any) -> None:
        self.started.append(arguments[3:])
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self.returncode


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    Process.started = []
    monkeypatch.setattr(overseer.subprocess, "Popen", Process)
    return Process.started


def oversee(database: Database, plugins: Plugins) -> Overseer:
    return Overseer(stages(database, plugins), plugins.settings, database.url)


def test_a_changed_definition_is_asked_for_once(
    database: Database, tmp_path: Path, started: list[list[str]]
) -> None:
    plugins = with_definition(a_definition(tmp_path, "deploy"))
    append_cdevents(database, [a_deployment(n) for n in range(3)])
    drain(*processors(database, plugins))
    it = oversee(database, plugins)
    it.step()
    assert rows(database, OPEN) == []
    a_definition(tmp_path, "upgrade")
    for _ in range(3):
        it.step()
    assert rows(database, OPEN) == [("deployment_frequency", "replay", "definition", "queued")]
    assert started == [["replay", "deployment_frequency", "--json"]]


def test_by_command_nothing_is_asked_for(
    database: Database, tmp_path: Path, started: list[list[str]]
) -> None:
    file = a_definition(tmp_path, "deploy")
    environ = {"STREAMGAUGE_DORA_DEFINITION": str(file), "STREAMGAUGE_REBUILD": "by-command"}
    plugins = Plugins(Settings.load(environ))
    drain(*processors(database, plugins))
    a_definition(tmp_path, "upgrade")
    oversee(database, plugins).step()
    assert (rows(database, OPEN), started) == ([], [])


def test_what_was_rolled_back_from_is_not_made_again_until_it_changes(
    database: Database, tmp_path: Path, started: list[list[str]]
) -> None:
    plugins = with_definition(a_definition(tmp_path, "deploy"))
    drain(*processors(database, plugins))
    a_definition(tmp_path, "upgrade")
    replay(database, plugins, "deployment_frequency")
    replay(database, plugins, "deployment_frequency", "rollback")
    it = oversee(database, plugins)
    it.step()
    assert started == []
    a_definition(tmp_path, "upgrade", "deploy")
    it.step()
    assert len(started) == 1


def test_nor_by_a_replay_of_what_it_stands_on_but_when_it_is_asked_for(
    database: Database, tmp_path: Path, started: list[list[str]]
) -> None:
    plugins = with_definition(a_definition(tmp_path, "deploy", name="ours"))
    CloudEventsLog(database).append([in_cloudevent(a_deployment(n)) for n in range(3)])
    drain(*processors(database, plugins))
    a_definition(tmp_path, "upgrade", name="bad")
    replay(database, plugins, "deployment_frequency")
    replay(database, plugins, "deployment_frequency", "rollback")
    named = "select definition ->> 'name' from builds where stage = 'deployment_frequency'"
    current = f"{named} and state = 'current'"
    for name in ("delivery", "cdevents", "delivery"):
        done = replay(database, plugins, name, "compare")
        assert done.comparison is not None
        assert done.comparison["changed"] == 0
        replay(database, plugins, name)
        assert rows(database, current) == [("ours",)]
        oversee(database, plugins).step()
        assert started == []
    replay(database, plugins, "delivery", "rollback")
    oversee(database, plugins).step()
    assert (rows(database, current), started) == ([("ours",)], [])
    replay(database, plugins, "deployment_frequency")
    assert rows(database, current) == [("bad",)]
    # What was refused once and is wanted now is refused no more.
    replay(database, plugins, "delivery")
    assert rows(database, current) == [("bad",)]
    assert rows(database, f"{named} and state = 'rejected'") == []


CURRENT = (
    "select definition ->> 'name', source_build from builds"
    " where stage = 'deployment_frequency' and state = 'current'"
)


@pytest.fixture
def refused(database: Database, tmp_path: Path) -> Plugins:
    """The configured definition is "bad", and somebody has rolled back from it."""
    plugins = with_definition(a_definition(tmp_path, "deploy", name="ours"))
    append_cdevents(database, [a_deployment(n) for n in range(3)])
    drain(*processors(database, plugins))
    a_definition(tmp_path, "upgrade", name="bad")
    replay(database, plugins, "deployment_frequency")
    replay(database, plugins, "deployment_frequency", "rollback")
    return plugins


def test_one_can_go_back_while_the_file_is_broken(
    database: Database, refused: Plugins, tmp_path: Path
) -> None:
    replay(database, refused, "delivery")
    (tmp_path / "ours.toml").write_text("}{ [")
    replay(database, refused, "delivery", "rollback")
    assert rows(database, CURRENT) == [("ours", 1)]


def test_what_stands_still_is_made_anew_with_what_it_has(
    database: Database, refused: Plugins, tmp_path: Path, started: list[list[str]]
) -> None:
    (tmp_path / "ours.toml").write_text("}{ [")
    replay(database, refused, "delivery")
    a_definition(tmp_path, "upgrade", name="bad")
    assert rows(database, CURRENT) == [("ours", 1)]
    oversee(database, refused).step()
    assert started == [["replay", "deployment_frequency", "--json"]]
    replay(database, refused, "deployment_frequency")  # as the process does
    assert rows(database, CURRENT) == [("ours", 2)]
    it = oversee(database, refused)
    it.step()
    assert len(started) == 1


def test_going_back_to_the_same_definition_refuses_nothing(
    database: Database, plugins: Plugins, started: list[list[str]]
) -> None:
    drain(*processors(database, plugins))
    replay(database, plugins, "delivery")
    replay(database, plugins, "delivery", "rollback")
    oversee(database, plugins).step()
    assert started == []
    with database.transaction() as cursor:
        builds.fill(cursor, builds.current(cursor, "deployment_frequency"), whole=False)
    oversee(database, plugins).step()
    assert started == [["replay", "deployment_frequency", "--json"]]


def test_a_definition_that_cannot_be_read_changes_nothing(
    database: Database,
    tmp_path: Path,
    started: list[list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = a_definition(tmp_path, "deploy")
    plugins = with_definition(file)
    drain(*processors(database, plugins))
    file.write_text("counts = ")
    it = oversee(database, plugins)
    it.step()
    it.step()
    assert started == []
    assert len([r for r in caplog.records if "is not TOML" in r.getMessage()]) == 1


def test_one_that_cannot_begin_fails_and_one_that_was_killed_is_begun_again(
    database: Database,
    plugins: Plugins,
    started: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drain(*processors(database, plugins))
    with database.transaction() as cursor:
        requests.ask(cursor, "delivery", "compare", "api")
    monkeypatch.setattr(overseer, "_BREATH", 0.0)
    it = oversee(database, plugins)
    it.step()
    process: Any = it._process
    process.returncode = -9
    it.step()
    it.step()
    assert started == [["replay", "delivery", "--compare", "--json"]] * 2
    process = it._process
    process.returncode = 2
    it.step()
    assert len(started) == 2
    ((state, error),) = rows(database, "select state, error from replays")
    assert state == "failed"
    assert "ended with 2" in error


def test_what_a_command_does_is_left_to_it(
    database: Database, plugins: Plugins, started: list[list[str]]
) -> None:
    drain(*processors(database, plugins))
    with database.transaction() as cursor:
        requests.ask(cursor, "delivery", "replay", "command")
    oversee(database, plugins).step()
    assert started == []


@pytest.mark.slow
def test_who_edits_the_file_sees_the_new_numbers_without_restarting_anything(
    server_url: str, tmp_path: Path
) -> None:
    from streamgauge.cdevents import in_cloudevent

    file = a_definition(tmp_path, "deploy")
    environ = {"STREAMGAUGE_DORA_DEFINITION": str(file)}
    path = "/v1/metrics/deployment_frequency?from=2026-01-05&to=2026-03-30"
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        kinds = ("service.deployed", "service.upgraded")
        service.send_batch(
            [in_cloudevent(a_deployment(n, kind=kinds[n % 3 == 0])) for n in range(9)]
        )
        service.settle()
        assert service.get(path).json["n"] == 6
        a_definition(tmp_path, "upgrade", name="theirs")
        eventually(lambda: service.get(path).json["n"] == 3)
        assert service.get(path).json["definition"] == "theirs"
        service.send(in_cloudevent(a_deployment(20, kind="service.upgraded")))
        eventually(lambda: service.get(path).json["n"] == 4)


def test_one_that_does_not_end_well_is_not_begun_again_at_once(
    database: Database, plugins: Plugins, started: list[list[str]]
) -> None:
    drain(*processors(database, plugins))
    with database.transaction() as cursor:
        requests.ask(cursor, "delivery", "compare", "api")
    it = oversee(database, plugins)
    it.step()
    process: Any = it._process
    process.returncode = -9
    for _ in range(3):
        it.step()
    assert len(started) == 1 + 1


def test_what_a_command_is_at_is_asked_for_once_and_by_the_worker(
    database: Database, tmp_path: Path, started: list[list[str]]
) -> None:
    """The command may have been killed; and each asking wakes the one who asks."""
    plugins = with_definition(a_definition(tmp_path, "deploy"))
    drain(*processors(database, plugins))
    a_definition(tmp_path, "upgrade")
    with database.transaction() as cursor:
        requests.started(cursor, requests.ask(cursor, "deployment_frequency", "replay", "command"))
    it = oversee(database, plugins)
    with database.connect() as listening:
        listening.execute(f"listen {requests.CHANNEL}")
        for _ in range(3):
            it.step()
        assert len(list(listening.notifies(timeout=0.5))) == 1
    assert started == [["replay", "deployment_frequency", "--json"]]
    assert rows(database, "select max(replay_id) from replays") == [(1,)]
