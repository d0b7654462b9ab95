"""Whatever is done in whatever order, the tables are what a fold of the log from nothing gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from psycopg import Cursor
from psycopg.sql import SQL

from streamgauge.cdevents import in_cloudevent
from streamgauge.errors import ReplayRefused
from streamgauge.metrics import Changed, Metric, MetricAnswer, MetricQuery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.projections import Projection, Tables, filling
from streamgauge.replay import rebuild
from streamgauge.replay.chain import Stages
from streamgauge.settings import Settings
from streamgauge.stages import builds
from streamgauge.stages.builds import Definition
from streamgauge.stages.pace import Pace
from streamgauge.stages.requests import Action
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.conftest import fresh_database
from tests.helpers import (
    a_deployment,
    append_cdevents,
    drain,
    plugins_with,
    processors,
    replay,
    rows,
    stages,
)

SERVICES = ("shop", "bank", "poison")


class Kept(Projection):
    """Keeps each deployment; refuses those of the services that it is told to."""

    name = "kept"
    version = 1
    event_kinds = frozenset({"service.deployed"})
    tables: Sequence[str] = ("kept",)
    schema = (
        "create table {kept} (tenant text, key uuid, service text, position bigint not null,"
        " primary key (tenant, key))"
    )
    concurrent = True

    def __init__(self) -> None:
        self.refused: set[str] = set()

    def apply(self, cursor: Cursor[Any], tables: Tables, events: Sequence[RecordedCDEvent]) -> None:
        for recorded in events:
            if recorded.event.subject_id in self.refused:
                raise ValueError("not this one")
            cursor.execute(
                SQL("insert into {} values (%s, %s, %s, %s)").format(tables["kept"]),
                (recorded.tenant, recorded.key, recorded.event.subject_id, recorded.position),
            )


class Counts(Metric):
    """Counts what is kept, by service."""

    name = "counts"
    title = description = unit = "deployments"
    projection = "kept"
    tables: Sequence[str] = ("counts",)
    schema = "create table {counts} (service text primary key, n bigint not null)"

    def refresh(
        self,
        cursor: Cursor[Any],
        tables: Tables,
        changed: Changed | None,
        definition: Definition,
    ) -> None:
        since, upto = changed or (0, 2**60)
        cursor.execute(
            SQL(
                "insert into {counts} select service, count(*) from {kept} where service in"
                " (select service from {kept} where position > %s and position <= %s)"
                " group by service on conflict (service) do update set n = excluded.n"
            ).format(**tables),
            (since, upto),
        )

    def answer(
        self, cursor: Cursor[Any], tables: Tables, query: MetricQuery, definition: Definition
    ) -> MetricAnswer:
        return MetricAnswer("all", {"value": None, "n": 0, "buckets": []})


class Interleavings(RuleBasedStateMachine):
    """Everything that may happen to one chain of stages."""

    names = st.sampled_from(("cdevents", "kept", "counts"))

    def __init__(self, server_url: str) -> None:
        super().__init__()
        self.stack = ExitStack()
        url = self.stack.enter_context(fresh_database(server_url))
        self.database = self.stack.enter_context(Database(url, role="test", pool_size=8))
        self.projection = Kept()
        self.plugins = Plugins(Settings.load({}))
        self.plugins.projections = {"kept": self.projection}
        self.plugins.metrics = {"counts": Counts()}
        self.stages: Stages = stages(self.database, self.plugins)
        self.stages.router.page_size = 3
        self.stages.facts["kept"].pace = Pace.fixed(2)
        self.sent: dict[int, str] = {}

    @rule(numbers=st.lists(st.integers(0, 40), min_size=1, max_size=8))
    def append(self, numbers: list[int]) -> None:
        events = []
        for number in numbers:
            service = self.sent.setdefault(number, SERVICES[number % 3])
            events.append(in_cloudevent(a_deployment(number, service=service)))
        CloudEventsLog(self.database).append(events)

    @rule(name=names)
    def live_step(self, name: str) -> None:
        self.stages.get(name).step()

    @rule(name=names)
    def part_of_a_replay(self, name: str) -> None:
        """As far as a replay gets that is killed: it begins, or goes on, and fills a part."""
        for stage, build in rebuild.begin(self.database, self._chain(name)):
            if not build.filled:
                with self.database.transaction() as cursor:
                    stage.prepare(cursor, build)
                if not stage.fill_some(build):
                    with self.database.transaction() as cursor:
                        stage.complete(cursor, build)
                        builds.fill(cursor, build)
                return

    @rule(name=names, action=st.sampled_from(("replay", "compare", "rollback")), keep=st.booleans())
    def whole_replay(self, name: str, action: Action, keep: bool) -> None:
        self._chain(name)
        with suppress(ReplayRefused):
            replay(self.database, self.plugins, name, action, keep_replaced=keep)

    @rule()
    def refuse(self) -> None:
        self.projection.refused = {"poison"}

    @rule()
    def mend(self) -> None:
        self.projection.refused = set()

    @rule()
    def retry(self) -> None:
        with self.database.transaction() as cursor:
            dead_letters.request_retry(cursor, dead_letters.listed(cursor))

    def teardown(self) -> None:
        with self.stack:
            self.check()

    def check(self) -> None:
        self.mend()
        drain(*self.stages)
        self.retry()
        drain(*self.stages)
        found = self._tables()
        assert Counter(service for _, service, _ in found["kept"]) == Counter(self.sent.values())
        # The first goes on with what an interrupted one has left, and with what is parked there;
        # the second is from nothing.
        for _ in range(2):
            replay(self.database, self.plugins, "cdevents")
            self.retry()
            drain(*self.stages)
            assert found == self._tables()

    def _chain(self, name: str) -> Sequence[Any]:
        """The chain of a stage; what it stands on has begun."""
        self.stages.router.step()
        self.stages.facts["kept"].step()
        return self.stages.chain(name)

    def _tables(self) -> dict[str, list[tuple[Any, ...]]]:
        with self.database.transaction() as cursor:
            numbers = {s.name: builds.current(cursor, s.name).number for s in self.stages}
        return {
            "cdevents": rows(
                self.database,
                "select notification_id, originator_id, topic, state, cause"
                f" from cdevents_events__{numbers['cdevents']} order by 1",
            ),
            "kept": rows(
                self.database,
                f"select key, service, position from kept__{numbers['kept']} order by 1",
            ),
            "counts": rows(
                self.database, f"select * from counts__{numbers['counts']} order by service"
            ),
        }


@pytest.mark.slow
def test_any_interleaving_gives_what_a_fold_from_nothing_gives(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "RANGE", 4)
    run_state_machine_as_test(
        lambda: Interleavings(server_url),
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_metric_is_not_left_upon_facts_that_were_begun_anew(database: Database) -> None:
    """The new facts may have the number of those that were given up, and be other facts."""
    old, new = Kept(), Kept()
    new.version = 2
    append_cdevents(database, [a_deployment(n) for n in range(4)])
    drain(*processors(database, plugins_with(projections=[old], metrics=[Counts()])))
    old.refused = {"shop"}
    replay(database, plugins_with(projections=[old], metrics=[Counts()]), "kept", "compare")
    done = replay(database, plugins_with(projections=[new], metrics=[Counts()]), "kept")
    counts = f"select n from counts__{done.builds['counts']}"
    assert rows(database, counts) == [(4,)]
