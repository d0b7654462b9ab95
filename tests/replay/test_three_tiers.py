"""Replay, comparison and the way back where derived facts stand between facts and metrics."""

from __future__ import annotations

from typing import Any

import pytest

from streamgauge.errors import ReplayRefused
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.replay.status import status
from tests.helpers import (
    START,
    a_deployment,
    append_cdevents,
    drain,
    plugins_with,
    processors,
    replay,
    rows,
    stages,
)
from tests.projections.tiers import Asked, ByService, Firsts, Kept, tables, three_tiers

QUERY = MetricQuery.parse({}, now=START)
CHAINS = {
    "kept": ["kept", "by_service", "asked", "firsts"],
    "by_service": ["by_service", "asked", "firsts"],
    "firsts": ["firsts"],
    "asked": ["asked"],
}
CURRENT = "select build, source_build from builds where stage = %s and state = 'current'"


@pytest.fixture
def filled(database: Database) -> Database:
    append(database, range(30))
    drain(*processors(database, three_tiers()))
    return database


def append(database: Database, numbers: range) -> None:
    append_cdevents(database, [a_deployment(n, service=f"s{n % 4}") for n in numbers])


def due(database: Database, plugins: Plugins) -> dict[str, str | None]:
    with database.transaction() as cursor:
        found = status(cursor, stages(database, plugins))
    return {item.name: item.replay_due for item in found if item.replay_due}


def test_the_stages_stand_upon_each_other(database: Database) -> None:
    everything = stages(database, three_tiers())
    assert [stage.name for stage in everything] == ["cdevents", *CHAINS["kept"]]
    for name, chain in CHAINS.items():
        assert [stage.name for stage in everything.chain(name)] == chain


@pytest.mark.parametrize("name", CHAINS)
def test_a_replay_of_each_tier_gives_the_same_rows_and_leads_back(
    filled: Database, name: str
) -> None:
    plugins = three_tiers()
    before = tables(filled)
    assert replay(filled, plugins, name).builds == dict.fromkeys(CHAINS[name], 2)
    assert tables(filled) == before
    append(filled, range(30, 35))
    drain(*processors(filled, plugins))
    after = tables(filled)
    assert after != before
    assert replay(filled, plugins, name, "rollback").builds == dict.fromkeys(CHAINS[name], 1)
    assert tables(filled) == after
    assert answer(filled, plugins, "asked", QUERY)["n"] == 35
    append(filled, range(35, 36))
    drain(*processors(filled, plugins))
    assert answer(filled, plugins, "asked", QUERY)["facts"] == 36


def test_a_comparison_swaps_nothing_and_is_gone_on_with(filled: Database) -> None:
    firsts, asked = Firsts(), Asked()
    plugins = three_tiers(firsts, asked)
    firsts.least, asked.leaves_out = 8, "s0"
    done = replay(filled, plugins, "kept", "compare")
    assert done.comparison is not None
    lines = {line["metric"]: line for line in done.comparison["metrics"]}
    assert lines["firsts"]["n"] == {"before": 4, "after": 2}
    assert lines["asked"]["n"] == {"before": 30, "after": 22}
    assert not any("error" in line for line in lines.values())
    assert answer(filled, plugins, "asked", QUERY)["n"] == 30
    assert replay(filled, plugins, "kept").builds == done.builds
    assert answer(filled, plugins, "asked", QUERY)["n"] == 22
    replay(filled, plugins, "kept", "rollback")
    assert answer(filled, plugins, "asked", QUERY)["n"] == 30
    found = answer(filled, plugins, "firsts", QUERY)
    assert (found["n"], found["definition"]) == (4, "at least 1")


def test_what_a_replay_leaves_out_keeps_all_that_it_stands_on(filled: Database) -> None:
    by_service = ByService()
    plugins = three_tiers(by_service=by_service)
    before = tables(filled)
    by_service.breaks = True
    for _ in range(3):
        done = replay(filled, plugins, "kept", keep_replaced=False)
        assert set(done.broken) == {"by_service", "asked", "firsts"}
    assert answer(filled, plugins, "asked", QUERY)["facts"] == 30
    assert "build 1 of kept, which was replaced" in str(due(filled, plugins)["by_service"])
    by_service.breaks = False
    replay(filled, plugins, "by_service", keep_replaced=False)
    replay(filled, plugins, "kept", keep_replaced=False)
    assert tables(filled) == before
    assert rows(filled, "select count(*) from builds where stage = 'kept'") == [(1,)]


def test_a_metric_that_was_left_out_keeps_the_facts_below_its_derived_facts(
    filled: Database,
) -> None:
    """Though the derived facts that it stands on are nobody's current ones any more."""
    broken = three_tiers(Breaks())
    drain(*processors(filled, broken))
    broken.metrics["breaks"].breaks = True  # type: ignore[attr-defined]
    for _ in range(3):
        assert set(replay(filled, broken, "kept").broken) == {"breaks"}
    assert answer(filled, broken, "breaks", QUERY)["n"] == 30


class Breaks(Asked):
    """Has a table, and asks all the same."""

    name = "breaks"
    tables = ("breaks",)
    schema = "create table {breaks} (n int)"
    views: Any = {}  # noqa: RUF012
    breaks = False

    def refresh(self, *parts: Any) -> None:
        if self.breaks:
            raise ZeroDivisionError("by zero")


def test_what_was_left_out_stays_out_of_the_way_back(filled: Database) -> None:
    """Though an older build of it, upon the same facts, is kept."""
    firsts, by_service = Firsts(), ByService()
    plugins = three_tiers(firsts, by_service=by_service)
    firsts.least = 8
    replay(filled, plugins, "by_service")
    by_service.breaks = True
    replay(filled, plugins, "kept")
    assert replay(filled, plugins, "kept", "rollback").builds == {"kept": 1}
    assert due(filled, plugins) == {}
    assert answer(filled, plugins, "firsts", QUERY)["n"] == 2


def test_what_is_made_of_something_else_than_it_was_is_due_and_stands_still(
    filled: Database,
) -> None:
    """Its plugin may have forgotten its version; the numbers of builds are the same by chance."""

    class Elsewhere(ByService):
        name = "elsewhere"
        tables = ("elsewhere",)
        schema = ByService.schema.replace("{by_service}", "{elsewhere}")
        indexes = ""
        views: Any = {}  # noqa: RUF012

        def refresh(self, *parts: Any) -> None:
            pass

    class Moved(Firsts):
        projection = "elsewhere"

        def refresh(self, cursor: Any, tables: Any, *parts: Any) -> None:
            assert "elsewhere" in tables

    plugins = plugins_with(projections=[Kept(), ByService(), Elsewhere()], metrics=[Moved()])
    append(filled, range(30, 31))
    drain(*processors(filled, plugins))
    assert rows(filled, CURRENT, "elsewhere") == rows(filled, CURRENT, "firsts") == [(1, 1)]
    assert rows(filled, "select max(n) from firsts__1") == [(8,)]
    assert due(filled, plugins) == {
        "firsts": "it was made of by_service, and is to be of elsewhere"
    }
    replay(filled, plugins, "firsts")
    assert due(filled, plugins) == {}
    with pytest.raises(ReplayRefused, match="made of by_service"):
        replay(filled, plugins, "firsts", "rollback")
