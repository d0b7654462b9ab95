"""The command line as a user types it: help, wrong input, JSON for scripts, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.cloudevents import http_binding, json_format
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.helpers import FOLDED, METRICS, a_deployment, an_event, drain, processors, rows

COMMANDS = {
    "archive", "bench", "dead-letters", "demo", "digest", "doctor", "export", "fuzz", "ingest",
    "lineage", "migrate", "plugins", "query", "replay", "routes", "serve", "status", "transform",
}  # fmt: skip


class Run:
    """What a command did."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.code = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(
    *arguments: str,
    url: str | None = None,
    stdin: bytes = b"",
    environ: Mapping[str, str] | None = None,
    patience: float = 300.0,
) -> Run:
    env = {**os.environ, "COLUMNS": "160", **(environ or {})}
    if url is not None:
        env["DATABASE_URL"] = url
    done = subprocess.run(
        [sys.executable, "-m", "streamgauge", *arguments],
        input=stdin,
        capture_output=True,
        env=env,
        check=False,
        timeout=patience,  # of which a busy machine needs its share
    )
    return Run(done)


def lines(*events: Any) -> bytes:
    return b"".join(e if isinstance(e, bytes) else e.state + b"\n" for e in events)


def test_help_lists_every_command_and_the_exit_codes() -> None:
    done = run("--help")
    assert done.code == 0
    listed = {line.split()[0] for line in done.out.partition("Commands:")[2].splitlines() if line}
    assert listed >= COMMANDS
    assert "Exit codes: 0 done; 1 failed" in done.out.replace("\n", " ").replace("  ", " ")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(command: str) -> None:
    done = run(command, "--help")
    assert done.code == 0
    assert len(done.out) > 100


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["ingest"], "Missing argument 'FILE'"),
        (["ingest", "/nowhere"], "No such file"),
        (["serve", "--role", "chef"], "'chef' is not one of 'ingest', 'api', 'worker'"),
        (["serve", "--port", "70000"], "70000"),
        (["dead-letters", "retry"], "give one or more ids, or --all"),
    ],
)
def test_wrong_usage_is_explained(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_wrong_setting_is_one_line() -> None:
    done = run("status", environ={"STREAMGAUGE_PORT": "x"})
    assert done.code == 2
    assert done.err == "streamgauge: STREAMGAUGE_PORT must be a whole number, not 'x'\n"


def test_an_unreachable_database_has_its_own_exit_code() -> None:
    done = run("status", url="postgresql://u:hidden@127.0.0.1:1/none")
    assert done.code == 3
    assert done.err.startswith("streamgauge: PostgreSQL cannot be used just now")
    assert 'server at "127.0.0.1", port 1 failed: Connection refused' in done.err
    assert "hidden" not in done.err


def test_a_refusal_of_the_server_is_passed_on(server_url: str) -> None:
    done = run("status", url=server_url.replace("streamgauge_template", "no_such_database"))
    assert done.code == 3
    assert 'FATAL: database "no_such_database" does not exist' in done.err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres//u:hidden@h", "postgresql://user:password@host"),
        ("postgresql://u:hidden@h:abc/db", "the host and the port"),
        ("postgresql://u:hid/hidden@127.0.0.1:1/db", "a slash %2F"),
        ("postgresql://u:p@ss:hidden@127.0.0.1:1/db", "an @ is written %40"),
        ("postgresql://u:p@hidden@127.0.0.1:1/db", "an @ is written %40"),
    ],
)
def test_a_url_that_cannot_be_read_is_not_repeated(url: str, said: str) -> None:
    for command in ("status", "doctor"):
        done = run(command, url=url)
        assert done.code == 2, done.err
        assert said in done.err
        assert "hidden" not in done.err + done.out


def test_a_server_that_is_too_old_is_refused(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    from streamgauge.errors import SchemaError
    from streamgauge.postgres import migrate

    monkeypatch.setattr(migrate, "OLDEST_POSTGRES", 99)
    with pytest.raises(SchemaError, match="Streamgauge needs 99"):
        migrate.migrate(database)


def test_ingest_records_a_file_and_says_what_became_of_each_line(database_url: str) -> None:
    good = [an_event(n) for n in range(3)]
    other = json.dumps({**json.loads(good[0].state), "data": "other"}).encode() + b"\n"
    text = lines(good[0], b"\n", b"{not json}\n", good[1], b'{"id": 1}\n', other, good[2], good[2])
    done = run("ingest", "-", "--json", url=database_url, stdin=text)
    assert done.code == 1
    assert done.json == {"new": 3, "duplicate": 1, "conflict": 1, "invalid": 2}
    reported = done.err.splitlines()
    assert [line.split(":")[0] for line in reported] == ["line 3", "line 5", "line 6"]
    assert "not JSON" in reported[0]
    again = run("ingest", "-", url=database_url, stdin=lines(*good))
    assert (again.code, again.out) == (0, "0 new, 3 duplicate, 0 conflict, 0 invalid\n")


def test_ingest_survives_lines_of_any_kind(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    big = b'{"x":"' + b"y" * 600_000 + b'"}\n'
    path.write_bytes(lines(b"\xff\xfe\n", big, b"[]\n", b"\r\n", an_event(1)).rstrip(b"\n"))
    done = run(
        "ingest", str(path), "--json", url=database_url,
        environ={"STREAMGAUGE_MAX_EVENT_BYTES": "65536"},
    )  # fmt: skip
    assert done.json == {"new": 1, "duplicate": 0, "conflict": 0, "invalid": 3}
    assert "line 2: the line is longer than 393216 bytes" in done.err


def test_a_byte_order_mark_costs_no_line(database_url: str) -> None:
    done = run("ingest", "-", url=database_url, stdin=b"\xef\xbb\xbf" + lines(an_event(1)))
    assert (done.code, done.out) == (0, "1 new, 0 duplicate, 0 conflict, 0 invalid\n")


@pytest.mark.slow
def test_a_hundred_thousand_events_go_in_and_through_in_one_run(
    database: Database, plugins: Plugins, tmp_path: Path
) -> None:
    path = tmp_path / "many.ndjson"
    with path.open("wb") as file:
        for n in range(100_000):
            file.write(in_cloudevent(a_deployment(n, service=f"s{n % 9}")).state + b"\n")
    done = run("ingest", str(path), "--json", url=database.url)
    assert (done.code, done.json["new"]) == (0, 100_000)
    drain(*processors(database, plugins))
    assert rows(database, "select count(*) from deployments") == [(100_000,)]


def test_migrate_can_be_run_again(database_url: str) -> None:
    done = run("migrate", "--json", url=database_url)
    assert (done.code, done.json) == (0, {"applied": []})


def test_replay_names_the_projections_that_there_are(database_url: str) -> None:
    done = run("replay", "deploiments", url=database_url)
    assert done.code == 2
    assert "no projection or metric named 'deploiments'; known: cdevents" in done.err


def test_replay_and_status(database: Database, plugins: Plugins) -> None:
    log = CloudEventsLog(database)
    log.append([in_cloudevent(a_deployment(n)) for n in range(5)])
    drain(*processors(database, plugins))
    log.append([in_cloudevent(a_deployment(9))])
    done = run("replay", "delivery", "--json", url=database.url)
    assert done.json == {
        "action": "replay",
        "builds": [{"stage": stage, "build": 2, "replaced": 1} for stage in FOLDED],
        "broken": {},
    }
    found = run("status", "--json", url=database.url).json
    assert [stage["name"] for stage in found["stages"]] == ["cdevents", *FOLDED]
    router, deployments, *_ = found["stages"]
    (frequency,) = [s for s in found["stages"] if s["name"] == "deployment_frequency"]
    assert (router["position"], router["lag"], router["holder"]) == (5, 1, None)
    assert router["lag_seconds"] > 0
    assert router["rate"] > 0
    assert (deployments["build"], deployments["lag"], deployments["replay_due"]) == (2, 0, None)
    assert (frequency["position"], frequency["definition"]) == (5, "dora2025")
    assert deployments["replay"]["state"] == "done"
    assert found["conflicts"] == 0
    shown = run("status", url=database.url)
    assert "nobody: is a worker running?" in shown.out


def test_status_forgets_a_failure_once_the_tables_were_swapped(
    database: Database, plugins: Plugins
) -> None:
    drain(*processors(database, plugins))
    assert run("replay", "deployment_frequency", "--rollback", url=database.url).code == 1
    said = "deployment_frequency: the last rollback failed: there is nothing to go back to"
    assert said in run("status", url=database.url).out
    assert run("replay", "delivery", url=database.url).code == 0
    assert "rollback failed" not in run("status", url=database.url).out


def test_status_says_what_is_wrong_with_a_definition_and_not_to_replay_it(
    database: Database, plugins: Plugins, tmp_path: Path
) -> None:
    drain(*processors(database, plugins))
    environ = {"STREAMGAUGE_DORA_DEFINITION": str(tmp_path / "none.toml")}
    shown = run("status", url=database.url, environ=environ).out
    assert "deployment_frequency stays as it is: " in shown
    assert "none.toml" in shown
    assert "to make it anew" not in shown
    found = run("status", "--json", url=database.url, environ=environ).json["stages"]
    assert [stage["name"] for stage in found if stage["definition_error"]] == list(METRICS)
    assert all("none.toml" in stage["definition_error"] for stage in found[-len(METRICS) :])
    assert {stage["replay_due"] for stage in found} == {None}


def test_what_is_watched_can_be_read_along(database: Database, plugins: Plugins) -> None:
    drain(*processors(database, plugins))
    with subprocess.Popen(
        [sys.executable, "-m", "streamgauge", "status", "--watch"],
        env={**os.environ, "DATABASE_URL": database.url},
        stdout=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        heads = (line for line in watching.stdout if "position" in line)
        assert [next(heads).split()[:2] for _ in range(2)] == [["stage", "position"]] * 2
        watching.terminate()


def test_dead_letters_are_listed_shown_retried_and_skipped(
    database: Database, plugins: Plugins
) -> None:
    bad = in_cloudevent(a_deployment(1))
    events = [
        type(bad)("/test", f"{n}", bad.type, json.dumps(
            {"specversion": "1.0", "id": f"{n}", "source": "/test", "type": bad.type, "data": {}}
        ).encode())
        for n in range(3)
    ]  # fmt: skip
    CloudEventsLog(database).append(events)
    drain(*processors(database, plugins))
    found = run("dead-letters", "list", "--json", url=database.url).json["items"]
    assert {item["event_id"] for item in found} == {"0", "1", "2"}
    assert {(item["handler"], item["state"]) for item in found} == {("cdevents", "parked")}
    first, second, third = sorted(item["id"] for item in found)
    shown = run("dead-letters", "show", first[:8], url=database.url).json
    assert shown["event"]["data"] == {}
    assert "the required member is missing" in shown["reason"]
    assert run("dead-letters", "skip", first[:8], url=database.url).out == "1 skipped\n"
    assert run("dead-letters", "retry", second, third, url=database.url).out == "2 queued\n"
    drain(*processors(database, plugins))
    with database.transaction() as cursor:
        left = dead_letters.listed(cursor, states=("parked", "skipped"))
    assert sorted((x.state, x.attempts) for x in left) == [
        ("parked", 2), ("parked", 2), ("skipped", 1),
    ]  # fmt: skip
    unknown = run("dead-letters", "show", "zzz", url=database.url)
    assert (unknown.code, "no dead letter named 'zzz'" in unknown.err) == (2, True)
    listed = run("dead-letters", "list", url=database.url)
    assert listed.out.count("parked") == 2


def test_plugins_and_routes_are_listed() -> None:
    listed = {item["name"]: item for item in run("plugins", "--json").json["items"]}
    assert listed["github"]["brings"]["receivers"] == ["github"]
    assert listed["github"]["error"] is None
    table = run("routes", "--json").json["routes"]
    assert "kubernetes" in table["dev.knative.apiserver.resource.update"]
    assert run("plugins").code == 0
    assert "com.github.push" in run("routes").out


def test_routes_says_what_is_wrong_with_the_table() -> None:
    done = run("routes", environ={"CE_ROUTES": "routes: {t: [gitbuh]}"})
    assert done.code == 2
    assert "no transformer named 'gitbuh'" in done.err
    assert run("routes", environ={"CE_ROUTES": "{"}).code == 2
    assert run("routes", environ={"STREAMGAUGE_ROUTES": "/nonexistent"}).code == 2


def test_a_command_that_only_looks_makes_no_tables(server_url: str) -> None:
    import psycopg

    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute("create database empty_one")
    url = server_url.replace("streamgauge_template", "empty_one")
    done = run("status", url=url)
    assert (done.code, "run: streamgauge migrate" in done.err) == (1, True)
    assert run("migrate", url=url).code == 0
    assert run("status", "--json", url=url).code == 0


def test_export_is_what_ingest_takes(database: Database, tmp_path: Path) -> None:
    odd = b'{ "id":"odd",\r\n "source":"/s","type":"t",\n"specversion":"1.0","data":"a\\nb" }'
    events = [json_format.parse(odd), *(an_event(n) for n in range(2500))]
    CloudEventsLog(database).append(events)
    done = run("export", url=database.url)
    assert done.code == 0, done.err
    written = done.out.encode().splitlines()
    assert len(written) == 2501
    assert written[0] == odd.replace(b"\r\n", b"  ").replace(b"\n", b" ")
    assert written[1] == events[1].state
    again = run("ingest", "-", "--json", url=database.url, stdin=done.out.encode())
    assert again.json == {"new": 0, "duplicate": 2501, "conflict": 0, "invalid": 0}
    file = tmp_path / "events.ndjson"
    assert run("export", str(file), url=database.url).code == 0
    assert file.read_bytes() == done.out.encode()


def test_export_of_cdevents(database: Database, plugins: Plugins) -> None:
    sent = [in_cloudevent(a_deployment(n)) for n in range(3)]
    CloudEventsLog(database).append(sent)
    router, *_ = processors(database, plugins)
    drain(router)
    done = run("export", "--cdevents", url=database.url)
    assert [json.loads(line) for line in done.out.splitlines()] == [
        json.loads(event.state) for event in sent
    ]


def test_export_of_nothing(database: Database) -> None:
    done = run("export", url=database.url)
    assert (done.code, done.out) == (0, "")
    assert run("export", "/no/such/folder/file", url=database.url).code == 2


def test_what_http_took_ingest_takes_from_an_export(database: Database) -> None:
    """The log's form of a binary event is longer than the event was."""
    body = b"\xff" * 65_536
    limit = {"STREAMGAUGE_MAX_EVENT_BYTES": "65536"}
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t"}
    (parsed,) = http_binding.read([*headers.items()], body, max_batch_events=1)
    CloudEventsLog(database).append([parsed.event])
    exported = run("export", url=database.url).out.encode()
    assert len(exported) > 80_000
    again = run("ingest", "-", "--json", url=database.url, stdin=exported, environ=limit)
    assert again.json == {"new": 0, "duplicate": 1, "conflict": 0, "invalid": 0}


def test_a_dead_letter_that_is_done_is_neither_retried_nor_skipped(database: Database) -> None:
    with database.transaction() as cursor:
        failure = dead_letters.Failure("default", 1, "/s", "i", "t", "h", "1", "r")
        dead_letters.park(cursor, "delivery@1", [failure], state="done")
        (letter,) = dead_letters.listed(cursor, states=("done",))
    for command in ("retry", "skip"):
        done = run("dead-letters", command, str(letter.dead_letter_id), url=database.url)
        assert done.code == 1
        assert "is done: its event has been handled" in done.err
