"""What people complain of in other systems, one test each: docs/explanation/complaints.md.

All of them ask by the default definition.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL

from streamgauge import CDEvent, Event, __version__
from streamgauge.cdevents import in_cloudevent
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.metrics.teams import Teams
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge_dora.defining import Definitions
from streamgauge_dora.linking.parts import parts_of
from streamgauge_dora.metrics import all_metrics
from tests.conftest import fresh_database
from tests.dora.asking import METRICS, SETTINGS, ask, query
from tests.dora.rows_read import Counting
from tests.dora.world import (
    REPOSITORY,
    World,
    at,
    change,
    deployed,
    failed,
    incident,
    published,
    pushed,
)
from tests.helpers import process
from tests.plugins.devlake import samples as devlake
from tests.plugins.github import samples as github
from tests.service import Service

HOUR = 3600
WEEK = 24 * 7
FOREVER = {"from": "2025-01-01", "to": "2027-01-01"}


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_00_the_default_definition_is_what_is_asked() -> None:
    names = {metric.definition()["name"] for metric in METRICS.values()}
    assert (names, SETTINGS.for_plugin("dora")) == ({"dora2025"}, {})


@pytest.mark.parametrize("named", ["squash", "x2"])
def test_01_squash_merges_keep_their_lead_time(world: World, named: str) -> None:
    """The lead time begins with the first commit that was squashed, not with the squash; whether
    the deployment names the squash or the pull request's own last commit."""
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a")]
        + [pushed(2, "x1", branch="topic", written={"x1": 1.5})]
        + [change("created", 7, 3), pushed(5, "x2", branch="topic", written={"x2": 4})]
        + [change("merged", 7, 8, "squash", head="x2", head_branch="topic", commits=2)]
        + [pushed(8, "squash", written={"squash": 8}), deployed("d2", 9, named)]
    )
    found = ask(world, "change_lead_time")
    assert (found["value"], found["n"]) == ((9 - 1.5) * HOUR, 1)
    assert found["stages"]["coding"]["median"] == (3 - 1.5) * HOUR


def test_02_the_first_deployment_does_not_swallow_old_changes(world: World) -> None:
    """Months of changes lie behind the first deployment that is known: they are left out."""
    old = [pushed(-n * WEEK, f"old{n}") for n in range(1, 31)]
    world.tell(
        [*old, deployed("before-commits-were-told", 0), deployed("d1", 1, "old1")]
        + [pushed(20, "new", written={"new": 19}), deployed("d2", 22, "new")]
    )
    found = ask(world, "change_lead_time", percentile="99")
    assert (found["value"], found["n"]) == (3 * HOUR, 1)
    assert found["percentiles"] == {"99": 3 * HOUR}
    assert found["left_out"] == {"first_deployment": 30, "no_commit": 1}


def test_03_changes_count_however_they_reach_the_branch(world: World) -> None:
    """A commit that was pushed without a pull request, a rebase, and a merge commit."""
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a")]
        + [pushed(10, "direct", written={"direct": 8})]
        + [pushed(10.1, "r1", "r2", written={"r1": 6, "r2": 7})]
        + [change("merged", 7, 10.1, "r2", head="elsewhere", head_branch="topic", commits=2)]
        + [pushed(10.2, "m1", "merge", merge=["merge"], written={"m1": 2})]
        + [change("merged", 8, 10.2, "merge", commits=1), deployed("d2", 12, "merge")]
    )
    found = ask(world, "change_lead_time")
    hours = [12 - 8, 12 - 6, 12 - 2]
    assert (found["n"], found["median"], found["mean"]) == (3, 6 * HOUR, sum(hours) / 3 * HOUR)


def test_04_an_incident_is_not_blamed_on_a_deployment_of_long_ago(world: World) -> None:
    """What a tool states goes first; else the service's deployment of the last 24 hours."""
    world.tell(
        [deployed(f"d{n}", n * WEEK) for n in (0, 1, 2)]
        + [incident("detected", "near", WEEK + 2), incident("detected", "far", WEEK + 100)]
        + [incident("detected", "another service's", WEEK + 2, service="pay")]
        + [incident("detected", "stated", WEEK + 50, deployments=["d0"])]
    )
    found = ask(world, "change_fail_rate")
    assert (found["failed"], found["n"]) == (2, 3)
    assert found["rules"] == {"given": 1, "service": 1}
    assert found["coverage"] == {"incidents": 4, "linked": 2}
    assert found["left_out"] == {"not_linked": 2}


def test_05_two_instances_answer_the_same_bytes(server_url: str, plugins: Plugins) -> None:
    """The same events, once in order and all at once, once backwards, in pages, and twice."""
    events = list(map(in_cloudevent, _a_story_with_ties()))
    backwards = [*events[::-1], *events]
    pages = [backwards[n : n + 3] for n in range(0, len(backwards), 3)]
    told = [_bytes_of(server_url, plugins, fed) for fed in ([events], pages)]
    assert told[0] == told[1]
    numbers = {found["metric"]: found["n"] for found in json.loads(told[0])}
    assert set(numbers) == set(METRICS)
    assert min(numbers.values()) > 0


def _a_story_with_ties() -> list[CDEvent]:
    """One thing is deployed to two regions at one moment, again and again, and what went wrong
    does not say in which. Only a rule can tell whose it is."""
    regions = [("prod-eu", "a"), ("prod-us", "b")]
    ships = [
        event
        for hour in range(0, 96, 12)
        for event in (
            pushed(hour, f"a{hour}", f"b{hour}"),
            *(
                deployed(f"{region} {hour}", hour + 3, f"{commit}{hour}", environment=region,
                         artifact=f"pkg:generic/shop@{hour}")
                for region, commit in regions
            ),
        )
    ]  # fmt: skip
    broke = [
        event
        for hour in range(0, 96, 12)
        for event in (
            incident("detected", f"by service {hour}", hour + 5),
            incident("resolved", f"by service {hour}", hour + 6),
            incident("detected", f"by artifact {hour}", hour + 7,
                     artifact=f"pkg:generic/shop@{hour}"),
            incident("resolved", f"by artifact {hour}", hour + 7),
        )
    ]  # fmt: skip
    return ships + broke


def _bytes_of(server_url: str, plugins: Plugins, pages: Sequence[Sequence[Event]]) -> bytes:
    """What every metric answers when this is all that was ever told."""
    asked = query(group_by="environment,repository", interval="day")
    with fresh_database(server_url) as url, Database(url, role="test", pool_size=12) as database:
        for page in pages:
            process(database, plugins, page)
        found = [answer(database, plugins, name, asked) for name in METRICS]
    return json.dumps(found).encode()


def test_06_one_repository_of_several_services(database: Database, tmp_path: Path) -> None:
    """By folder: `parts`. By artifact: it says of which commit a deployment is, and whose an
    incident is."""
    settings = tmp_path / "streamgauge.toml"
    settings.write_text(
        "\n".join(
            f'[[plugins.dora.parts]]\nservice = "{name}"\nrepository = "{REPOSITORY}.git"\n'
            f'directories = ["services/{name}"]'
            for name in ("cart", "pay")
        )
    )
    plugin = Settings.load({"STREAMGAUGE_CONFIG": str(settings)}).for_plugin("dora")
    world = World(database, parts_of(plugin["parts"]))
    folders = {"c1": ["services/cart/api"], "p1": ["services/pay"], "p2": ["services/pay/web"]}
    images = {
        name: f"pkg:oci/{name}@sha256:{n * 32}" for name, n in (("cart", "ca"), ("pay", "fe"))
    }
    world.tell(
        [pushed(0, "a")]
        + [deployed(f"{name} 1", 1, "a", service=name) for name in images]
        + [pushed(5, "c1", "p1", "p2", directories=folders, written={"c1": 4, "p1": 2, "p2": 3})]
        + [published(image, 5.5, "p2") for image in images.values()]
        + [deployed(f"{name} 2", 6, service=name, artifact=images[name]) for name in images]
        + [incident("detected", "i", 7, service=None, artifact=images["pay"])]
    )
    lead = {g["service"]: g for g in ask(world, "change_lead_time", group_by="service")["groups"]}
    assert {name: (lead[name]["value"], lead[name]["n"]) for name in lead} == {
        "cart": (2 * HOUR, 1),
        "pay": (3.5 * HOUR, 2),
    }
    rate = ask(world, "change_fail_rate", group_by="service")
    assert {g["service"]: g["value"] for g in rate["groups"]} == {"cart": 0, "pay": 0.5}
    assert rate["rules"] == {"artifact": 1}


def test_07_teams_are_a_filter_of_every_metric_and_have_a_history(
    world: World, tmp_path: Path
) -> None:
    """`pay` changes hands on 12 January; what it did before stays where it was."""
    path = tmp_path / "teams.toml"
    path.write_text(
        '[[team]]\nname = "money"\nservices = ["pay"]\nuntil = 2026-01-12\n'
        '[[team]]\nname = "shop"\nservices = ["pay", "cart"]\n'
    )
    teams = Teams.load(path)
    world.tell(
        [
            event
            for number, service in enumerate(("cart", "pay", "nobodys"))
            for week in range(3)
            for event in (
                pushed(week * WEEK + number, f"{service} {week}", repository=f"acme/{service}"),
                deployed(f"{service} {week}", week * WEEK + 5, f"{service} {week}",
                         service=service, repository=f"acme/{service}"),
                incident("detected", f"{service} {week}", week * WEEK + 6, service=service),
                incident("resolved", f"{service} {week}", week * WEEK + 7, service=service),
                deployed(f"{service} {week} again", week * WEEK + 6.5, f"{service} {week}",
                         service=service, repository=f"acme/{service}"),
            )
        ]
    )  # fmt: skip
    # Of each service a week has two deployments, one of which failed, and but the first one change.
    expected = {
        "deployment_frequency": {"money": 2, "shop": 10, None: 6},
        "change_lead_time": {"money": 0, "shop": 4, None: 2},
        "change_fail_rate": {"money": 2, "shop": 10, None: 6},
        "failed_deployment_recovery_time": {"money": 1, "shop": 5, None: 3},
        "deployment_rework_rate": {"money": 2, "shop": 10, None: 6},
    }
    for metric, counts in expected.items():
        groups = _of_teams(world, metric, teams, group_by="team")["groups"]
        assert {group["team"]: group["n"] for group in groups} == counts
        for group in groups:
            if (team := group.pop("team")) is not None:
                alone = _of_teams(world, metric, teams, team=team)
                assert alone == {"unit": METRICS[metric].unit, **group}


def _of_teams(world: World, metric: str, teams: Teams, **parameters: str) -> dict[str, Any]:
    texts = {"from": ["2026-01-05"], "to": ["2026-02-02"]}
    texts |= {name: [value] for name, value in parameters.items()}
    asked = MetricQuery.parse(texts, now=at(0), teams=teams)
    with world.database.snapshot() as cursor:
        stored = METRICS[metric].definition()
        return dict(METRICS[metric].answer(cursor, world.tables, asked, stored).result)


def test_08_there_is_a_deployment_rework_rate(world: World) -> None:
    """What was deployed because of a failure, and how that is known; null without a deployment."""
    assert ask(world, "deployment_rework_rate")["value"] is None
    world.tell(
        [pushed(n, f"c{n}") for n in range(8)]
        + [deployed("d0", 10, "c0", artifact="pkg:generic/shop@0"), deployed("d1", 20, "c1")]
        + [incident("detected", "i", 21), deployed("mends it", 22, "c2")]
        + [incident("resolved", "i", 23), deployed("d3", 50, "c3")]
        + [
            incident("detected", "passed by itself", 50.2),
            incident("resolved", "passed by itself", 50.8),
        ]
        + [deployed("back", 51, "c0", kind="service.rolledback", artifact="pkg:generic/shop@0")]
        + [change("merged", 4, 4, "c4", title="Sell hats"), deployed("d4", 80, "c4")]
        + [change("merged", 5, 5, "c5", title='Revert "Sell hats"'), deployed("reverts", 110, "c5")]
        + [change("merged", 6, 6, "c6", labels=["Hotfix"]), deployed("hot", 115, "c6")]
    )
    found = ask(world, "deployment_rework_rate")
    assert found["rules"] == {"hotfix": 1, "incident": 1, "revert": 1, "rollback": 1}
    assert (found["rework"], found["n"], found["value"]) == (4, 8, 0.5)
    assert ask(world, "deployment_rework_rate", to="2026-01-07")["value"] == 1 / 3
    assert ask(world, "deployment_rework_rate", service="pay")["value"] is None


def test_09_it_is_a_postgres_and_plain_sql_reads_it(
    database: Database, database_url: str, plugins: Plugins
) -> None:
    """Without extensions, and without Streamgauge in between: what SQL counts, the metric says."""
    told = [deployed(f"d{n}", n * 20) for n in range(12)] + [failed("f", 20 * 24)]
    process(database, plugins, map(in_cloudevent, told))
    with psycopg.connect(database_url) as connection:
        assert 150_000 <= connection.info.server_version < 190_000
        extensions = connection.execute("select extname from pg_extension").fetchall()
        weeks = connection.execute(
            "select date_trunc('week', finished_at)::date, count(distinct finished_at::date)"
            " from deployments where service = 'shop' and environment = 'production'"
            " group by 1 order by 1"
        ).fetchall()
        outcomes = connection.execute(
            "select outcome, count(*) from deployment_attempts group by 1"
        ).fetchall()
    assert extensions == [("plpgsql",)]
    assert Counter(dict(outcomes)) == {"success": 12, "failure": 1}
    found = answer(database, plugins, "deployment_frequency", query())
    days = [(bucket["start"][:10], bucket["days"]) for bucket in found["buckets"]]
    assert [(str(week), count) for week, count in weeks] == [day for day in days if day[1]]


SERVICES, OF_EACH, BROKEN = 1_000, 100, 3_000


@pytest.mark.slow
def test_10_a_question_reads_the_rows_that_it_is_about(world: World) -> None:
    """A hundred thousand deployments and three thousand incidents: one service's question reads
    the rows of that service, and no question reads deployments times incidents."""
    _fill(world)
    one = _rows_of(world, "deployment_frequency", service="s7")
    assert OF_EACH <= one <= 10 * OF_EACH
    everything = SERVICES * OF_EACH
    for metric in METRICS:
        assert _rows_of(world, metric) <= 50 * everything


def _fill(world: World) -> None:
    """Each service deploys every commit of its repository; every third service breaks ten times."""
    commit = "lpad(to_hex(n), 40, '0')"
    moment = "timestamptz '2026-01-05 00:00Z' + n * interval '24 seconds'"
    place = f"n %% {SERVICES}"
    with world.database.transaction() as cursor:
        for statement in (
            "insert into {deployments} (tenant, deployment_id, service, environment, artifact,"
            " kind, outcome, finished_at, commit_sha, repository, event_source, event_id, position)"
            f" select 'default', md5(n::text)::uuid, 's' || {place}, 'production', 'a' || n,"
            f" 'deploy', 'success', {moment}, {commit}, 'acme/r' || {place}, '/d', n::text, n"
            " from generate_series(1, %(all)s) as n",
            "insert into {commits} (tenant, repository, branch, sha, key, place, pushed, pushed_at,"
            " authored_at, forced, is_merge, event_key, position)"
            f" select 'default', 'acme/r' || {place}, 'main', {commit}, n, 0, true,"
            f" {moment}, {moment} - interval '1 hour', false, false, md5('p' || n)::uuid, n"
            " from generate_series(1, %(all)s) as n",
            "insert into {incident_events} (tenant, incident_id, kind, at, service, environment,"
            " labels, retracted, event_key, position)"
            f" select 'default', 'i' || n, kind, {moment} + delay, 's' || {place}, 'production',"
            " '{{}}', false, md5(kind || n)::uuid, n"
            " from generate_series(1, %(all)s, %(all)s / %(broken)s) as n,"
            " (values ('detected', interval '1 minute'), ('resolved', interval '1 hour'))"
            " as told (kind, delay)",
        ):
            cursor.execute(
                SQL(statement).format(**world.tables),  # type: ignore[arg-type]
                {"all": SERVICES * OF_EACH, "broken": BROKEN},
            )
    world.link(None)
    with world.database.transaction() as cursor:
        for table in world.tables.values():
            cursor.execute(SQL("analyze {}").format(table))


def _rows_of(world: World, metric: str, **parameters: str) -> int:
    asked = METRICS[metric]
    with world.database.snapshot() as cursor:
        counting = Counting(cursor)
        found = asked.answer(counting.cursor, world.tables, query(**parameters), asked.definition())
    assert found.result["n"] > 0
    return counting.rows


def test_11_a_pipeline_is_no_deployment_and_a_failed_deployment_is_told(world: World) -> None:
    """A good run with a failed job in it, and one that failed, deploy nothing. An attempt that
    failed is no deployment either, but is not lost: the answer says that there was one."""
    payloads = [
        ("workflow_run", github.run("completed", conclusion="success")),
        ("workflow_job", github.job("completed", conclusion="failure")),
        ("workflow_run", github.run("completed", conclusion="failure", attempt=2)),
    ]
    attempt = github.received("deployment_status", github.deployment("failure"))
    told = [event for each in payloads for event in github.transformed(github.received(*each))]
    assert Counter(event.content["outcome"] for event in told) == {"success": 1, "failure": 2}
    world.tell([*told, *github.transformed(attempt)])
    found = ask(world, "deployment_frequency", **FOREVER)
    assert (found["value"], found["n"]) == (None, 0)
    assert found["left_out"] == {"failed_attempt": 1}


def test_11_a_definition_may_take_failed_attempts_for_failures(
    world: World, tmp_path: Path
) -> None:
    """Off by default: nobody was hurt. Then they are deployments that failed, until the next one
    of the service has succeeded."""
    (tmp_path / "ours.toml").write_text(
        'name = "ours"\ntitle = "Attempts count"\n[failures]\nrules = ["failed_attempt"]\n'
    )
    settings = Settings(plugins={"dora": {"definitions": str(tmp_path)}})
    ours = {metric.name: metric for metric in all_metrics(Definitions(settings))}
    world.tell(
        [deployed("d1", 1), failed("f1", 2), deployed("elsewhere", 3, environment="prod-eu")]
        + [
            failed("f2", 4),
            deployed("d2", 8),
            failed("open", 9),
            deployed("pay", 10, service="pay"),
        ]
    )

    def told(name: str, definition: str) -> dict[str, Any]:
        asked = query(definition=definition)
        with world.database.snapshot() as cursor:
            stored = ours[name].definition()
            return dict(ours[name].answer(cursor, world.tables, asked, stored).result)

    rate = told("change_fail_rate", "ours")
    assert (rate["failed"], rate["n"], rate["rules"]) == (3, 7, {"failed_attempt": 3})
    recovery = told("failed_deployment_recovery_time", "ours")
    assert (recovery["mean"], recovery["n"]) == ((6 + 4) / 2 * HOUR, 2)
    assert recovery["left_out"] == {"not_recovered": 1}
    assert told("deployment_frequency", "ours")["n"] == 4
    rate = told("change_fail_rate", "dora2025")
    assert (rate["failed"], rate["n"], rate["left_out"]) == (0, 4, {"failed_attempt": 3})


def test_12_the_change_fail_rate_divides_by_deployments(world: World) -> None:
    """Not by commits, and of one that failed three times over there is one; never above 1."""
    ships = [pushed(n, *(f"{n} {part}" for part in "abc")) for n in range(4)]
    world.tell(
        [*ships, deployed("d0", 10, "0 c", artifact="pkg:generic/shop@0")]
        + [deployed("d1", 20, "1 c"), failed("attempt", 24, "2 c"), deployed("d2", 60, "2 c")]
        + [incident("detected", f"i{n}", 21 + n / 2) for n in range(3)]
        + [deployed("back", 23, "0 c", kind="service.rolledback", artifact="pkg:generic/shop@0")]
        + [deployed("s0", 1, "0 c", environment="staging")]
        + [incident("detected", "on staging", 2, environment="staging")]
    )
    found = ask(world, "change_fail_rate")
    assert (found["failed"], found["n"], found["value"]) == (1, 4, 0.25)
    assert found["rules"] == {"rollback": 1, "service": 1}
    assert found["left_out"] == {"failed_attempt": 1, "not_production": 2}, "its incident too"
    for metric in ("deployment_frequency", "deployment_rework_rate"):
        assert ask(world, metric)["n"] == 4
    assert ask(world, "change_fail_rate", from_="2026-01-07")["value"] == 0


def test_13_the_range_that_is_asked_for_is_the_range(world: World) -> None:
    """Four busy weeks, four quiet ones, four silent ones: value and band are those of the range,
    whatever day it is today."""
    busy = [day + 7 * week for week in range(4) for day in range(5)]
    quiet = [7 * week for week in range(4, 8)]
    world.tell(
        [deployed("baseline", -20, "a"), pushed(-21, "a")]
        + [pushed(24 * day, f"c{day}", written={f"c{day}": 24 * day - 1}) for day in busy]
        + [pushed(24 * day, f"c{day}", written={f"c{day}": 24 * day - 80}) for day in quiet]
        + [deployed(f"d{day}", 24 * day + 1, f"c{day}") for day in busy + quiet]
    )
    ranges = [
        ("2026-01-05", "2026-02-02"),
        ("2026-02-02", "2026-03-02"),
        ("2026-03-02", "2026-03-30"),
    ]
    told = [
        [ask(world, metric, from_=first, to=last) for first, last in ranges]
        for metric in ("deployment_frequency", "change_lead_time")
    ]
    often, long = ([(f["value"], f["band"], f["n"]) for f in each] for each in told)
    assert often == [(5, "elite", 20), (1, "high", 4), (None, None, 0)]
    assert long == [(2 * HOUR, "elite", 20), (81 * HOUR, "high", 4), (None, None, 0)]
    for (first, last), found in zip(ranges, told[0], strict=True):
        assert found["buckets"][0]["start"][:10] == first
        assert found["buckets"][-1]["end"][:10] == last


def test_14_where_there_is_no_number_the_answer_says_why(world: World) -> None:
    """Every environment is called something that no definition expects. Each metric says how many
    deployments that leaves out, which they are can be asked, and so can they themselves."""
    world.tell(
        [event for n in range(7) for event in (
            pushed(n * 24, f"c{n}"),
            deployed(f"d{n}", n * 24 + 1, f"c{n}", environment=f"customer-{n % 2}"),
        )]
    )  # fmt: skip
    for metric in METRICS:
        found = ask(world, metric)
        assert (found["value"], found["n"], found["band"]) == (None, 0, None)
        assert found["reason"]
        times = 5 if metric == "dora_quick_check" else 1  # each of the five leaves them out
        assert found["left_out"] == {"not_production": 7 * times}
        groups = ask(world, metric, group_by="environment")["groups"]
        assert {g["environment"]: g["left_out"]["not_production"] for g in groups} == {
            "customer-0": 4 * times,
            "customer-1": 3 * times,
        }
    asked = ask(world, "deployment_frequency", environment="customer-0")
    assert (asked["n"], asked["left_out"]) == (4, {})
    assert ask(world, "change_lead_time", environment="customer-0")["n"] == 6


@pytest.fixture
def tools(server_url: str) -> Iterator[Service]:
    """A service that several tools deliver to."""
    environ = {"STREAMGAUGE_GITHUB_ALLOW_UNSIGNED": "true"}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def test_15_any_tool_can_deliver_and_a_number_leads_down_to_what_it_sent(tools: Service) -> None:
    """GitHub's webhooks, a tool without a plugin by DevLake's webhook, and CDEvents as they are,
    all of one service. Times are those of the payloads. From the deployments that a number is made
    of down to the bodies, and which version of which plugin read them."""
    baseline = github.deployment("success", commit=github.ONE, at="2026-03-01T12:00:00Z")
    commit = devlake.commit(sha=github.TWO)
    second = devlake.deployment(finishedDate="2026-03-03T12:00:00Z", deploymentCommits=[commit])
    merged = github.pull("closed", **github.MERGED, merge_commit_sha=github.TWO)
    for event, payload in (
        ("push", _push(github.NO_COMMIT, github.ONE, "2026-03-01T11:00:00Z")),
        ("deployment_status", baseline),
        ("pull_request", merged),
        ("push", _push(github.ONE, github.TWO, "2026-03-02T11:00:00Z")),
    ):
        _deliver(tools, "/webhooks/github", payload, event)
    _deliver(tools, "/api/plugins/webhook/connections/1/deployments", second)
    broke = incident("detected", "i", 0, service="Acme/Shop")
    broke.document["context"]["timestamp"] = "2026-03-03T13:00:00Z"
    assert tools.send(in_cloudevent(broke)).status == 202
    tools.settle()

    lead = tools.get("/v1/metrics/change_lead_time", **FOREVER).json
    written = datetime.fromisoformat(github.commit(github.TWO)["timestamp"])
    took = datetime.fromisoformat("2026-03-03T12:00:00+00:00") - written
    assert (lead["value"], lead["n"]) == (took.total_seconds(), 1)
    rate = tools.get("/v1/metrics/change_fail_rate", **FOREVER).json
    assert (rate["failed"], rate["n"], rate["rules"]) == (1, 2, {"service": 1})

    with psycopg.connect(tools.environ["DATABASE_URL"]) as connection:
        found = connection.execute("select deployment_id from deployments order by finished_at")
        ids = [str(key) for (key,) in found]
    readers = ("github-deployments", "devlake-deployments")
    for key, payload, reader in zip(ids, (baseline, second), readers, strict=True):
        (behind,) = tools.get(f"/v1/lineage/{key}").json["events"]
        assert behind["cloudevent"]["document"]["data"] == payload
        assert behind["transformer"] == f"{reader} {__version__}"


def _push(before: str, after: str, at: str) -> dict[str, Any]:
    payload = github.push("refs/heads/main", before=before, after=after)
    payload["repository"]["pushed_at"] = int(datetime.fromisoformat(at).timestamp())
    return payload


def _deliver(service: Service, path: str, payload: Mapping[str, Any], event: str = "-") -> None:
    body = json.dumps(payload).encode()
    headers = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": hashlib.sha256(body).hexdigest(),
    }
    answered = service.request("POST", path, body, headers)
    assert answered.status == 202, answered.body
