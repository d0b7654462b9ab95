"""`streamgauge doctor`: each finding provoked for real, and gone when what it advises was done."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from streamgauge.doctor import examine, server, silence
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.sources import Heard, Sources
from streamgauge.replay.chain import Stages
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.cli.test_cli import run
from tests.helpers import (
    START,
    a_deployment,
    an_event,
    append_cdevents,
    drain,
    plugins_with,
    processors,
    replay,
)  # fmt: skip
from tests.projections.test_runner import Sums
from tests.service import Service

ROOT = Path(__file__).parents[2]
DAY = timedelta(days=1)
TEAMS = str(Path(__file__).with_name("teams.toml"))


def configured(environ: Mapping[str, str]) -> dict[str, str]:
    """What is found without Postgres, and where."""
    settings = Settings.load(environ)
    return {f.check: f.where for f in examine.without_postgres(settings, Plugins(settings))}


def looked_at(database: Database, plugins: Plugins) -> dict[str, str]:
    """What Postgres tells, and where; but that no worker runs."""
    found = examine.with_postgres(database, plugins.settings, plugins, None)
    return {f.check: f.where for f in found if f.check != "no-worker"}


# The command


def test_nothing_is_wrong_with_a_service_at_work(database_url: str) -> None:
    with Service.running(database_url) as service:
        service.settle()
        done = run("doctor", url=database_url)
        assert (done.code, done.out, done.err) == (0, "", "nothing is wrong\n")


def test_what_is_wrong_is_listed_with_what_mends_it(database_url: str) -> None:
    done = run("doctor", url=database_url)
    assert done.code == 1
    assert done.out.startswith("no-worker: ")
    assert "where: cdevents, delivery" in done.out
    assert "mend:  streamgauge serve" in done.out
    [finding] = run("doctor", "--json", url=database_url).json["findings"]
    assert set(finding) == {"check", "what", "where", "mend"}
    assert finding["check"] == "no-worker"


def test_without_postgres_the_rest_is_told() -> None:
    done = run(
        "doctor", "--json", url="postgresql://u:hidden@127.0.0.1:1/none",
        environ={"STREAMGAUGE_HTTP_WORKER": "3"},
    )  # fmt: skip
    assert done.code == 3
    assert [each["check"] for each in done.json["findings"]] == ["unknown-setting", "no-postgres"]
    assert "hidden" not in done.out


def test_to_look_makes_no_database(tmp_path: Path) -> None:
    done = run("doctor", "--json", environ={"STREAMGAUGE_DATA_DIR": str(tmp_path / "data")})
    assert done.code == 3
    assert "there is no embedded PostgreSQL yet" in done.out
    assert not (tmp_path / "data").exists()


def test_wrong_settings_have_their_exit_code() -> None:
    assert run("doctor", environ={"STREAMGAUGE_PORT": "x"}).code == 2


def test_the_page_lists_every_check() -> None:
    code = "".join(p.read_text() for p in (ROOT / "core/streamgauge/doctor").glob("*.py"))
    made = set(re.findall(r'Finding\(\s*"([a-z-]+)"', code))
    page = (ROOT / "docs/reference/doctor.md").read_text()
    assert set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) == made


# Settings


@pytest.mark.parametrize(
    ("wrong", "right", "check"),
    [
        ({"STREAMGAUGE_INGEST_TOKEN": "x"}, {}, "unknown-setting"),
        ({"DATABASE_URL": "postgresql://h", "STREAMGAUGE_DATA_DIR": "/d"},
         {"DATABASE_URL": "postgresql://h"}, "idle-setting"),
        ({"STREAMGAUGE_GITHUB_ENVIRONMENT": "live"},
         {"STREAMGAUGE_GITHUB_ENVIRONMENT": "live", "STREAMGAUGE_GITHUB_SECRET": "s" * 20},
         "no-secret"),
        ({"STREAMGAUGE_HOST": "::", "STREAMGAUGE_INGEST_TOKENS": "t" * 20,
          "STREAMGAUGE_GITHUB_ALLOW_UNSIGNED": "true"},
         {"STREAMGAUGE_HOST": "::", "STREAMGAUGE_INGEST_TOKENS": "t" * 20,
          "STREAMGAUGE_GITHUB_SECRET": "s" * 20}, "unsigned-webhooks"),
        ({"STREAMGAUGE_TEAMS": "/nowhere"}, {"STREAMGAUGE_TEAMS": TEAMS}, "file-unreadable"),
        ({"STREAMGAUGE_TEAMS": __file__}, {"STREAMGAUGE_TEAMS": TEAMS}, "file-unreadable"),
        ({"STREAMGAUGE_ARCHIVE_DIR": "/nowhere"}, {"STREAMGAUGE_ARCHIVE_DIR": "/tmp"},
         "file-unreadable"),
        ({"STREAMGAUGE_TLS_CERTIFICATE": "/nowhere", "STREAMGAUGE_TLS_KEY": "/nowhere"}, {},
         "file-unreadable"),
        ({"STREAMGAUGE_HOST": "0.0.0.0", "STREAMGAUGE_OPEN": "ingest"},
         {"STREAMGAUGE_HOST": "0.0.0.0"}, "open-service"),
        ({"STREAMGAUGE_HOST": "0.0.0.0", "STREAMGAUGE_OPEN": "read"},
         {"STREAMGAUGE_HOST": "127.0.0.1", "STREAMGAUGE_OPEN": "read"}, "open-service"),
    ],
)  # fmt: skip
def test_a_setting(wrong: dict[str, str], right: dict[str, str], check: str) -> None:
    assert check in configured(wrong)
    assert configured(right) == {}


def test_a_table_for_a_plugin_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "sg.toml"
    path.write_text("[plugins.githup]\nsecret = 's'\n")
    assert configured({"STREAMGAUGE_CONFIG": str(path)}) == {"unknown-setting": "[plugins.githup]"}
    path.write_text("[plugins.github]\nsecret = 'ssssssssssssssssss'\n")
    assert configured({"STREAMGAUGE_CONFIG": str(path)}) == {}


def test_what_kubernetes_puts_into_the_environment_is_no_finding() -> None:
    names = ("PORT", "SERVICE_HOST", "API_SERVICE_PORT_HTTP", "API_PORT_80_TCP_ADDR")
    assert configured({f"STREAMGAUGE_{name}": "tcp://10.0.0.1:80" for name in names}) == {}


# Plugins and routes


def plugin(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Plugins:
    (folder / "a_plugin_of_ours.py").write_text(text)
    monkeypatch.syspath_prepend(str(folder))
    sys.modules.pop("a_plugin_of_ours", None)
    entry = EntryPoint("ours", "a_plugin_of_ours", "streamgauge")
    return Plugins(Settings.load({}), [entry])


def found_by(plugins: Plugins) -> list[str]:
    return [f.check for f in examine.without_postgres(plugins.settings, plugins)]


def test_a_plugin_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found_by(plugin(tmp_path, monkeypatch, "import nosuchmodule")) == ["plugin-failed"]
    (tmp_path / "other").mkdir()
    assert found_by(plugin(tmp_path / "other", monkeypatch, "")) == []


def test_a_plugin_that_uses_what_will_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Older:
        @pluggy.HookspecMarker("streamgauge")(warn_on_impl=DeprecationWarning("use transformers"))
        def converters(self) -> None:
            """What transformers were called."""

    class Manager(pluggy.PluginManager):
        def __init__(self, name: str) -> None:
            super().__init__(name)
            self.add_hookspecs(Older)

    monkeypatch.setattr(pluggy, "PluginManager", Manager)
    text = "from streamgauge import hookimpl\n@hookimpl\ndef %s():\n    return []\n"
    assert found_by(plugin(tmp_path, monkeypatch, text % "converters")) == ["plugin-deprecated"]
    (tmp_path / "newer").mkdir()
    assert found_by(plugin(tmp_path / "newer", monkeypatch, text % "transformers")) == []


def test_a_routing_table_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text("routes: {a.b: [nosuch]}")
    assert "routes-unreadable" in configured({"STREAMGAUGE_ROUTES": str(path)})
    path.write_text("routes: {a.b: [github]}")
    assert configured({"STREAMGAUGE_ROUTES": str(path)}) == {}


def test_events_that_go_nowhere(database: Database, tmp_path: Path) -> None:
    CloudEventsLog(database).append([an_event(1, type="com.nowhere.thing")])
    assert looked_at(database, Plugins(Settings.load({}))) == {
        "routes-to-nothing": "com.nowhere.thing"
    }
    for mended in (
        "routes: {com.nowhere.thing: []}",
        "rules: [{filters: [{exact: {source: /test}}], to: [github]}]",
    ):
        path = tmp_path / "routes.yaml"
        path.write_text(mended)
        assert looked_at(database, Plugins(Settings.load({"STREAMGAUGE_ROUTES": str(path)}))) == {}


# Postgres


def test_tables_that_are_missing(server_url: str) -> None:
    admin = make_conninfo(**{**conninfo_to_dict(server_url), "dbname": "postgres"})
    url = make_conninfo(**{**conninfo_to_dict(server_url), "dbname": "doctor_empty"})
    with Database(admin) as database, database.connection() as conn:
        conn.execute("create database doctor_empty")
    assert checks(run("doctor", "--json", url=url).out) == ["old-schema"]
    assert run("migrate", url=url).code == 0
    assert checks(run("doctor", "--json", url=url).out) == ["no-worker"]


def checks(out: str) -> list[str]:
    return [each["check"] for each in json.loads(out)["findings"]]


def test_tables_of_a_newer_version(database: Database) -> None:
    plugins = plugins_with()
    rows_changed(database, "insert into schema_migrations values (9999, 'newer', '')")
    assert set(looked_at(database, plugins)) == {"other-schema"}
    rows_changed(database, "delete from schema_migrations where number = 9999")
    assert looked_at(database, plugins) == {}


def rows_changed(database: Database, statement: str) -> None:
    with database.transaction() as cursor:
        cursor.execute(statement.encode())


@given(st.floats(-1000, 1000))
def test_clocks_that_differ_by_more_than_seconds(seconds: float) -> None:
    class Clock:
        def execute(self, query: str) -> None: ...
        def fetchone(self) -> Any:
            return (START,)

    cursor: Any = Clock()
    found = list(server.clock(cursor, START + timedelta(seconds=seconds)))
    assert bool(found) == (abs(seconds) > 5)


def test_a_clock_that_is_right(database: Database) -> None:
    with database.transaction() as cursor:
        assert list(server.clock(cursor)) == []
        [found] = server.clock(cursor, datetime.now(UTC) - timedelta(minutes=2))
    assert re.search(r"1(19|20) s behind that of Postgres", found.what)


def test_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    gib = 1 << 30
    for total, free, wrong in ((100, 4, True), (100, 6, False), (10, 0.9, True), (10, 1, False)):
        usage = server.Usage(total * gib, 0, int(free * gib))
        assert bool(list(server.disk(tmp_path, usage))) is wrong


# Stages


def test_nobody_at_work(database_url: str) -> None:
    assert "no-worker" in checks(run("doctor", "--json", url=database_url).out)
    with Service.running(database_url) as service:
        service.settle()
        assert checks(run("doctor", "--json", url=database_url).out) == []


def test_a_stage_that_lags(database: Database) -> None:
    plugins = plugins_with()
    CloudEventsLog(database).append([an_event(1, type="dev.cdevents.x")])
    assert "lag" not in looked_at(database, plugins)
    rows_changed(database, "update cloudevents_events set recorded_at = now() - interval '6 min'")
    assert looked_at(database, plugins)["lag"] == "cdevents"
    drain(*processors(database, plugins))
    assert "lag" not in looked_at(database, plugins)


def test_events_that_a_projection_cannot_fold(database: Database) -> None:
    refusing = plugins_with(projections=[Sums("shop")])
    append_cdevents(database, [a_deployment(1)])
    drain(*processors(database, refusing))
    assert looked_at(database, refusing) == {"dead-letters": "sums"}
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    mended = plugins_with(projections=[Sums()])
    drain(*processors(database, mended))
    assert looked_at(database, mended) == {}


def test_a_stage_that_has_stopped(database: Database) -> None:
    plugins = plugins_with(
        projections=[Sums("shop")], settings={"STREAMGAUGE_STOP_ON_ERROR": "sums"}
    )
    append_cdevents(database, [a_deployment(1)])
    stage = Stages(database, plugins).facts["sums"]
    with pytest.raises(dead_letters.Stopped):
        drain(stage)
    assert looked_at(database, plugins) == {"blocked-stage": "sums"}
    with database.transaction() as cursor:
        dead_letters.skip(cursor, dead_letters.listed(cursor))
    drain(Stages(database, plugins).facts["sums"])
    assert looked_at(database, plugins) == {}


def test_a_stage_of_another_version(database: Database) -> None:
    older, newer = Sums(), Sums()
    newer.version = 2
    append_cdevents(database, [a_deployment(1)])
    drain(*processors(database, plugins_with(projections=[older])))
    plugins = plugins_with(projections=[newer])
    assert looked_at(database, plugins) == {"replay-due": "sums"}
    replay(database, plugins, "sums")
    assert looked_at(database, plugins) == {}


def test_a_replay_that_failed(database: Database) -> None:
    plugins = plugins_with(projections=[Sums()])
    append_cdevents(database, [a_deployment(1)])
    drain(*processors(database, plugins))
    rows_changed(
        database,
        "insert into replays (stage, action, asked_by, state, error)"
        " values ('sums', 'replay', 'command', 'failed', 'the disk was full')",
    )
    assert looked_at(database, plugins) == {"replay-failed": "sums"}
    replay(database, plugins, "sums")
    assert looked_at(database, plugins) == {}


def test_a_definition_that_cannot_be_read(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('name = "ours"\ntitle = "Ours"\nbased_on = "dora2025"\n')
    environ = {"STREAMGAUGE_DORA_DEFINITION": str(path)}
    drain(*processors(database, Plugins(Settings.load(environ))))
    assert looked_at(database, Plugins(Settings.load(environ))) == {}
    path.write_text("name = ")
    assert "definition-unreadable" in looked_at(database, Plugins(Settings.load(environ)))


# Sources and production


def spoke(events: int, silence_before: timedelta, last: timedelta) -> Heard:
    now = datetime.now(UTC)
    return Heard("default", "/ci", events, now - 400 * DAY, now - last, silence_before)


@pytest.mark.parametrize(
    ("heard", "silent"),
    [
        (spoke(100, timedelta(hours=1), 3 * DAY), True),
        (spoke(100, timedelta(hours=1), DAY), False),
        (spoke(100, 3 * DAY, 8 * DAY), False),
        (spoke(100, 3 * DAY, 10 * DAY), True),
        (spoke(5, timedelta(hours=1), 10 * DAY), False),
        (spoke(100, timedelta(hours=1), 100 * DAY), False),
    ],
)
def test_a_source_is_silent_by_its_own_habits(heard: Heard, silent: bool) -> None:
    assert bool(list(silence.silent_sources([heard], datetime.now(UTC)))) is silent


def test_many_silent_sources_are_a_few_lines() -> None:
    found = list(
        silence.silent_sources([spoke(100, timedelta(), 3 * DAY)] * 300, datetime.now(UTC))
    )
    assert len(found) == 11
    assert found[-1].what == "290 more sources have fallen silent"


def test_a_source_that_fell_silent_and_spoke_again(database: Database) -> None:
    plugins = Plugins(Settings.load({"CE_ROUTES": "routes: {com.example.thing: []}"}))
    CloudEventsLog(database).append([an_event(n) for n in range(30)])
    rows_changed(database, "update cloudevents_events set recorded_at = now() - interval '5 days'")
    drain(*processors(database, plugins), Sources(database))
    assert looked_at(database, plugins) == {"silent-source": "/test"}
    CloudEventsLog(database).append([an_event(31)])
    drain(*processors(database, plugins), Sources(database))
    assert looked_at(database, plugins) == {}


def test_a_tenant_of_which_nothing_counts_as_production(
    database: Database, plugins: Plugins
) -> None:
    append_cdevents(database, [a_deployment(1)])
    append_cdevents(database, [a_deployment(2, environment="live-eu")], tenant="acme")
    CloudEventsLog(database).append([an_event(1)], tenant="acme")
    drain(*processors(database, plugins), Sources(database))
    found = list(examine.with_postgres(database, plugins.settings, plugins, None))
    [finding] = [each for each in found if each.check == "no-production"]
    assert "deployments of the tenant acme, to live-eu," in finding.what


def test_no_environment_that_counts_as_production(database: Database, tmp_path: Path) -> None:
    plugins = Plugins(Settings.load({}))
    append_cdevents(database, [a_deployment(n, environment="cluster-7") for n in range(3)])
    drain(*processors(database, plugins))
    found = list(examine.with_postgres(database, plugins.settings, plugins, None))
    [finding] = [each for each in found if each.check == "no-production"]
    assert "to cluster-7," in finding.what
    path = tmp_path / "ours.toml"
    path.write_text(
        'name = "ours"\ntitle = "Ours"\nbased_on = "dora2025"\n'
        '[environments]\nproduction = ["cluster-7"]\n'
    )
    mended = Plugins(Settings.load({"STREAMGAUGE_DORA_DEFINITION": str(path)}))
    assert set(looked_at(database, mended)) == {"no-production", "replay-due"}
    for name in mended.metrics:
        replay(database, mended, name)
    assert looked_at(database, mended) == {}
