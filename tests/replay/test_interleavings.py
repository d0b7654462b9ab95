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

from streamgauge.cdevents import in_cloudevent
from streamgauge.errors import DatabaseUnavailable, ReplayRefused
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.projections import filling
from streamgauge.replay import rebuild
from streamgauge.replay.chain import Stages
from streamgauge.replay.status import status
from streamgauge.settings import Settings
from streamgauge.stages import builds
from streamgauge.stages.pace import Pace
from streamgauge.stages.requests import Action
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.conftest import fresh_database
from tests.helpers import (
    START,
    a_deployment,
    append_cdevents,
    drain,
    processors,
    replay,
    rows,
    stages,
)
from tests.projections.tiers import Asked, ByService, Firsts, Kept, tables, three_tiers

QUERY = MetricQuery.parse({}, now=START)
SERVICES = ("shop", "bank", "poison")


class Interleavings(RuleBasedStateMachine):
    """Everything that may happen to one chain of stages."""

    names = st.sampled_from(("cdevents", "kept", "by_service", "firsts", "asked"))

    def __init__(self, server_url: str) -> None:
        super().__init__()
        self.stack = ExitStack()
        url = self.stack.enter_context(fresh_database(server_url))
        self.database = self.stack.enter_context(Database(url, role="test", pool_size=8))
        self.projection = Kept()
        self.plugins = Plugins(Settings.load({}))
        self.plugins.projections = {"kept": self.projection}
        self.plugins.derived = {"by_service": ByService()}
        self.plugins.metrics = {"firsts": Firsts(), "asked": Asked()}
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
        self._make_anew_what_is_due()
        found = self._tables()
        counts = Counter(service for _, service, _ in found["kept"])
        assert counts == Counter(self.sent.values())
        assert {service: n for service, n, _ in found["by_service"]} == counts
        self._ask()
        # The first goes on with what an interrupted one has left, and with what is parked there;
        # the second is from nothing.
        for _ in range(2):
            replay(self.database, self.plugins, "cdevents")
            self.retry()
            drain(*self.stages)
            assert found == self._tables()
        self._ask()

    def _make_anew_what_is_due(self) -> None:
        """As the worker does with one that was new when its source was gone back from."""
        with self.database.transaction() as cursor:
            due = [item.name for item in status(cursor, self.stages) if item.replay_due]
        for name in due:
            replay(self.database, self.plugins, name)

    @rule()
    def ask(self) -> None:
        with suppress(DatabaseUnavailable):  # it has not begun yet
            self._ask()

    def _ask(self) -> None:
        """Whatever was done so far, an answer is of one position."""
        found = answer(self.database, self.plugins, "asked", QUERY)
        assert found["n"] == found["facts"]

    def _chain(self, name: str) -> Sequence[Any]:
        """The chain of a stage; what it stands on has begun."""
        for each in ("cdevents", "kept", "by_service"):
            self.stages.get(each).step()
        return self.stages.chain(name)

    def _tables(self) -> dict[str, list[tuple[Any, ...]]]:
        with self.database.transaction() as cursor:
            number = builds.current(cursor, "cdevents").number
        log = (
            "select notification_id, originator_id, topic, state, cause"
            f" from cdevents_events__{number} order by 1"
        )
        return {"cdevents": rows(self.database, log), **tables(self.database)}


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
    drain(*processors(database, three_tiers(kept=old)))
    old.refused = {"shop"}
    replay(database, three_tiers(kept=old), "kept", "compare")
    replay(database, three_tiers(kept=new), "kept")
    assert [n for _, n, _ in tables(database)["firsts"]] == [4]
