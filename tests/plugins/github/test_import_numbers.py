"""What is imported gives the numbers that webhooks give, and nothing is counted twice."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from streamgauge import Event
from streamgauge.importing import Recording
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge_github.history.api import Api
from streamgauge_github.history.everything import read_everything
from streamgauge_github.history.found import Found
from streamgauge_github.history.reader import Reader, Source
from streamgauge_github.options import options_of
from tests.conftest import fresh_database
from tests.helpers import METRICS, drain, processors, rows, start_over
from tests.plugins.posting import request

from .fake_api import FakeGithub
from .history import START, History, invented

NOW = datetime(2026, 7, 1, tzinfo=UTC)
EARLY = datetime(2025, 12, 1, tzinfo=UTC)

# An example takes seconds, so to look for a smaller one would take long.
SOME = settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

pytestmark = pytest.mark.slow


class World:
    """A database in which one example after the other is played."""

    def __init__(self, database: Database, **options: Any) -> None:
        told = {"github": {"allow_unsigned": True, **options}}
        self.settings = dataclasses.replace(Settings.load({}), plugins=told)
        self.plugins = Plugins(self.settings)
        assert [each.error for each in self.plugins.plugins if each.error] == []
        self.database = database

    def begin(self) -> None:
        start_over(self.database)

    def imported(self, fake: FakeGithub, since: datetime = EARLY) -> tuple[Found, int]:
        """Import, and say what was found and how many events were new."""
        recording = Recording(CloudEventsLog(self.database))
        with Api(fake.url, fake.token, print) as api:
            source = Source(api, recording, options_of(self.settings), since, lambda *_: None)
            reader = Reader(source, "Acme/Shop")
            read_everything(reader)
        assert recording.counts["conflict"] == 0
        return reader.found, recording.new

    def delivered(self, webhooks: Sequence[tuple[int, tuple[str, Any]]]) -> None:
        """Webhooks, each with a number that makes its GUID."""
        events: list[Event] = []
        for number, (event, payload) in webhooks:
            headers = {"x-github-event": event, "x-github-delivery": f"guid-{number}"}
            events += self.plugins.receivers["github"].receive(request(payload, **headers))
        if events:
            CloudEventsLog(self.database).append(events)

    def cdevents(self) -> set[Any]:
        """What identifies the CDEvents of the log."""
        return {key for (key,) in rows(self.database, "select originator_id from cdevents_events")}

    def numbers(self) -> dict[str, Any]:
        """All metrics of all weeks, as far as they are numbers."""
        drain(*processors(self.database, self.plugins))
        assert rows(self.database, "select * from dead_letters") == []
        asked = {"from": [START.isoformat()], "to": [NOW.isoformat()], "group_by": ["environment"]}
        query = MetricQuery.parse(asked, now=NOW)
        return {
            name: {
                key: value
                for key, value in answer(self.database, self.plugins, name, query).items()
                if key not in ("as_of", "coverage")
            }
            for name in METRICS
        }


@pytest.fixture(scope="module")
def database(server_url: str) -> Iterator[Database]:
    with fresh_database(server_url) as url, Database(url, role="test", pool_size=12) as database:
        yield database


@pytest.fixture(scope="module")
def world(database: Database) -> World:
    return World(database)


def numbered(history: History) -> list[tuple[int, tuple[str, Any]]]:
    return [*enumerate(history.webhooks)]


@SOME
@given(seed=st.integers(0, 10_000))
def test_an_import_gives_the_numbers_of_the_webhooks(world: World, seed: int) -> None:
    history = invented(seed)
    world.begin()
    world.delivered(numbered(history))
    told, ids = world.numbers(), world.cdevents()
    world.begin()
    with FakeGithub(history, page=7).running() as fake:
        world.imported(fake)
    assert world.numbers() == told
    assert world.cdevents() <= ids


@SOME
@given(seed=st.integers(0, 10_000), chance=st.randoms(use_true_random=False))
def test_whatever_webhooks_come_before_and_after_an_import_nothing_counts_twice(
    world: World, seed: int, chance: random.Random
) -> None:
    """Deployments of before the import are told without a gap: what one is named, an upgrade or a
    rollback, stays as it was named when it came, by those that had come before."""
    history = invented(seed)
    world.begin()
    world.delivered(numbered(history))
    told = world.numbers()
    world.begin()
    middle = chance.randint(0, len(history.webhooks))
    before, after = numbered(history)[:middle], numbered(history)[middle:]
    world.delivered(
        [each for each in before if "deployment" in each[1][1] or chance.random() < 0.6]
    )
    if chance.random() < 0.5:
        world.numbers()
    with FakeGithub(history, page=7).running() as fake:
        world.imported(fake)
        later = [each for each in [*before, *after] if chance.random() < 0.6]
        chance.shuffle(later)
        world.delivered(later)
        if chance.random() < 0.5:
            assert world.imported(fake)[1] == 0
    assert world.numbers() == told


def test_the_invented_histories_have_all_that_is_counted(world: World) -> None:
    history = invented(16, steps=40)
    world.begin()
    world.delivered(numbered(history))
    assert all(found["n"] and found["value"] is not None for found in world.numbers().values())


@pytest.mark.parametrize(
    "options",
    [{"deployment_releases": True}, {"deployment_workflows": ["deploy.yml"]}],
    ids=["releases", "workflows"],
)
def test_what_stands_for_deployments_gives_the_same_numbers_both_ways(
    database: Database, options: Any
) -> None:
    history = History()
    at = history.direct(START)
    for number in range(6):
        at = history.pull_request(at + timedelta(hours=5), title=f"Hats {number}")
        at = history.release(at + timedelta(hours=1), f"v{number}")
        at = history.run(at, *(["failure", "success"] if number == 3 else ["success"]))
    history.run(at, "failure", branch="hats")
    history.run(at, "success", trigger="pull_request")
    history.run(at, "cancelled")
    world = World(database, **options)
    world.begin()
    world.delivered(numbered(history))
    told = world.numbers()
    assert told["deployment_frequency"]["n"] == 6
    assert told["change_lead_time"]["n"] == 5  # the first one is the baseline
    failed = rows(database, "select count(*) from deployment_attempts where outcome = 'failure'")
    assert failed == [(1 if "deployment_workflows" in options else 0,)]
    world.begin()
    with FakeGithub(history, page=7).running() as fake:
        world.imported(fake)
        assert world.numbers() == told
        world.delivered(numbered(history))
        assert world.imported(fake)[1] == 0
    assert world.numbers() == told


def test_a_change_from_a_fork_begins_with_its_first_commit(world: World) -> None:
    history = History()
    at = history.deploy(history.direct(START))
    merged = history.pull_request(at, commits=3, fork=True)
    history.deploy(merged)
    world.begin()
    with FakeGithub(history).running() as fake:
        world.imported(fake)
    lead_time = world.numbers()["change_lead_time"]
    assert lead_time["n"] == 1
    assert lead_time["value"] == (merged + timedelta(minutes=6) - at).total_seconds()


def test_where_github_keeps_no_activity_the_commits_of_the_branch_stand_for_pushes(
    world: World,
) -> None:
    history = invented(16)
    world.begin()
    world.delivered(numbered(history))
    told = world.numbers()
    world.begin()
    with FakeGithub(
        history, refusals={"/activity": (404, {}, {"message": "Not Found"})}
    ).running() as fake:
        found, _ = world.imported(fake)
    assert found.not_read == []
    assert found.pushes > 0
    numbers = world.numbers()
    for name in ("deployment_frequency", "change_lead_time"):
        assert numbers[name]["value"] == told[name]["value"]
