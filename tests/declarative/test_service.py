"""Declarative transformers in a running worker: routed, reloaded, kept out where they are wrong."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from streamgauge import new_event
from streamgauge.errors import InvalidTransformer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors.worker import Worker
from streamgauge.routing.router import routing_table
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.cli.test_cli import run
from tests.helpers import rows
from tests.service import eventually

FILE = """
name: shipit
types: [com.example.shipit]
events:
- kind: service.removed
  id: ["${data.id}"]
  subject: SERVICE
  content: {environment: {id: production}}
"""


def told(folder: Path) -> Settings:
    return Settings.load({"STREAMGAUGE_TRANSFORMERS": str(folder)})


def send(database: Database, number: int) -> None:
    event = new_event(id=str(number), source="/x", type="com.example.shipit", data={"id": number})
    CloudEventsLog(database).append([event])


def made(database: Database) -> list[tuple[str, str]]:
    query = "select cd_subject_id, transformer from cdevents_raw order by event_id"
    return [(subject, label) for subject, label in rows(database, query)]


def test_a_changed_file_holds_for_the_events_after_it(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "shipit.yaml"
    file.write_text(FILE.replace("SERVICE", "shop"))
    worker = Worker(told(tmp_path), database.url)
    thread = threading.Thread(target=worker.run)
    with caplog.at_level(logging.INFO):
        thread.start()
        try:
            send(database, 1)
            eventually(lambda: [subject for subject, _ in made(database)] == ["shop"])
            file.write_text(FILE.replace("SERVICE", "${data.nope"))
            eventually(lambda: any("stays as it was" in each for each in caplog.messages))
            send(database, 2)
            eventually(lambda: [subject for subject, _ in made(database)] == ["shop", "shop"])
            file.write_text(FILE.replace("SERVICE", "market"))
            eventually(lambda: "the routing was read anew" in caplog.messages)
            send(database, 3)
            eventually(lambda: len(made(database)) == 3)
        finally:
            worker.stop()
            thread.join()
    found = made(database)
    assert [subject for subject, _ in found] == ["shop", "shop", "market"]
    # Each says which version of the file it was made by.
    assert found[0][1] == found[1][1] != found[2][1]
    assert all(label.startswith("shipit ") for _, label in found)


@pytest.mark.parametrize("name", ["github", "alertmanager", "cdevents"])
def test_no_file_takes_a_name_from_a_plugin(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine.yaml").write_text(FILE.replace("name: shipit", f"name: {name}"))
    settings = told(tmp_path)
    plugins = Plugins(settings)
    with pytest.raises(InvalidTransformer, match=f"'{name}' is a transformer of the plugin {name}"):
        routing_table(plugins, settings)
    owner = plugins.transformers[name][1]
    assert (owner.name, owner.error) == (name, None)
    assert "is a transformer of the plugin" in run("transformers", "test", str(tmp_path)).err


def test_nothing_starts_with_a_file_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "shipit.yaml").write_text("name: shipit")
    settings = told(tmp_path)
    with pytest.raises(InvalidTransformer, match=r"shipit\.yaml: 'events' is needed"):
        routing_table(Plugins(settings), settings)


def test_the_command_runs_the_tests_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "shipit.yaml"
    right = "tests: [{name: one, event: {data: {id: 1}}, gives: [{subject: SERVICE}]}]"
    file.write_text(FILE + right)
    assert run("transformers", "test", str(tmp_path)).out == f"{file}: 1 of 1 tests pass\n"
    file.write_text(FILE + right.replace("SERVICE", "market"))
    failed = run("transformers", "test", str(file))
    assert failed.code == 1
    assert "one: gives/0/subject is 'SERVICE', and not 'market'" in failed.err

    def refused(path: Path) -> str:
        done = run("transformers", "test", str(path))
        assert done.code == 2
        return done.err

    file.write_text("name: shipit")
    assert "'events' is needed" in refused(file)
    assert "no such file" in refused(tmp_path / "nowhere")
    file.unlink()
    assert "holds no YAML files" in refused(tmp_path)


def test_the_service_says_what_is_wrong_and_does_not_start(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    done = run("serve", environ={"STREAMGAUGE_TRANSFORMERS": nowhere, "DATABASE_URL": "no://db"})
    assert done.code == 2
    assert done.err.splitlines()[-1] == f"streamgauge: {nowhere}: there is no such file or folder"
    assert "listening" not in done.err
