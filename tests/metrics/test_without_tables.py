"""A metric without tables costs nothing to keep, and has builds as any other."""

from __future__ import annotations

import pytest

from streamgauge.errors import SettingsError
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.postgres.database import Database
from streamgauge.replay import overseer
from streamgauge.replay.overseer import Overseer
from streamgauge.replay.status import StageStatus, status
from streamgauge.stages.builds import Definition
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
from tests.projections.tiers import Asked, ByService, Kept, three_tiers

QUERY = MetricQuery.parse({}, now=START)
BUILDS = "select build, source_build, state from builds where stage = 'asked' order by 1"


class Unreadable(Asked):
    readable = True

    def definition(self) -> Definition:
        if not self.readable:
            raise SettingsError("no such file")
        return super().definition()


@pytest.fixture
def filled(database: Database) -> Database:
    append_cdevents(database, [a_deployment(n, service=f"s{n % 3}") for n in range(6)])
    drain(*processors(database, three_tiers(Asked())))
    return database


def the_status(database: Database, asked: Asked) -> StageStatus:
    with database.transaction() as cursor:
        found = status(cursor, stages(database, three_tiers(asked)))
    return found[-1]


def test_nothing_is_written_while_facts_come_in(filled: Database) -> None:
    plugins = three_tiers(Asked())
    everything = stages(filled, plugins)
    before = rows(filled, "select *, xmin::text from builds where stage = 'asked'")
    append_cdevents(filled, [a_deployment(n) for n in range(6, 9)])
    drain(*everything)
    assert everything.get("asked").channels == ()
    assert rows(filled, "select *, xmin::text from builds where stage = 'asked'") == before
    assert (
        rows(filled, "select from streamgauge_tracking where application_name like 'asked%%'") == []
    )
    assert answer(filled, plugins, "asked", QUERY)["n"] == 9


def test_it_is_as_far_as_what_it_stands_on(filled: Database) -> None:
    append_cdevents(filled, [a_deployment(n) for n in range(6, 9)])
    everything = stages(filled, three_tiers(Asked()))
    everything.get("kept").step()
    found = the_status(filled, Asked())
    assert (found.position, found.head, found.lag) == (6, 6, 0)
    everything.get("by_service").step()
    found = the_status(filled, Asked())
    assert (found.position, found.head, found.lag, found.replay_due) == (9, 9, 0, None)
    assert (found.build, found.definition) == (1, "without nobody")


def test_another_definition_is_another_build_and_leads_back(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked()
    plugins = three_tiers(asked)
    asked.leaves_out = "s1"
    assert the_status(filled, asked).replay_due == "the configured definition is another"
    assert answer(filled, plugins, "asked", QUERY)["definition"] == "without nobody"
    started: list[list[str]] = []

    class Process:
        returncode = 0

        def __init__(self, arguments: list[str], **_: object) -> None:
            started.append(arguments[3:])

        def poll(self) -> int:
            return 0

    monkeypatch.setattr(overseer.subprocess, "Popen", Process)
    it = Overseer(stages(filled, plugins), plugins.settings, filled.url)
    it.step()
    assert started == [["replay", "asked", "--json"]]
    replay(filled, plugins, "asked")
    found = answer(filled, plugins, "asked", QUERY)
    assert (found["n"], found["definition"]) == (4, "without s1")
    replay(filled, plugins, "asked", "rollback")
    assert answer(filled, plugins, "asked", QUERY)["n"] == 6
    assert rows(filled, BUILDS) == [(1, 1, "current"), (2, 1, "rejected")]
    it.step()
    assert rows(filled, "select state from replays where asked_by = 'definition'") == [("done",)]


def test_left_out_when_its_source_is_replaced_it_goes_on_with_the_new_one(
    filled: Database,
) -> None:
    asked = Unreadable()
    plugins = three_tiers(asked)
    asked.leaves_out = "s1"
    replay(filled, plugins, "asked")
    asked.readable = False
    for name in ("by_service", "kept"):
        assert set(replay(filled, plugins, name, keep_replaced=False).broken) == {"asked"}
        drain(*processors(filled, plugins))
    assert rows(filled, BUILDS) == [(2, 3, "current")]
    assert rows(filled, "select count(*) from builds where stage = 'by_service'") == [(2,)]
    append_cdevents(filled, [a_deployment(n, service="s0") for n in range(6, 9)])
    drain(*processors(filled, plugins))
    found = answer(filled, plugins, "asked", QUERY)
    assert (found["n"], found["facts"], found["definition"]) == (7, 7, "without s1")
    # Its views too are over the new build.
    assert rows(filled, "select count(*) from asked") == [(3,)]
    replay(filled, plugins, "kept", keep_replaced=False)
    assert rows(filled, "select count(*) from by_service") == [(3,)]


def test_gone_on_with_it_is_not_led_back_to_an_older_definition(filled: Database) -> None:
    asked = Unreadable()
    plugins = three_tiers(asked)
    asked.leaves_out = "s1"
    replay(filled, plugins, "asked")
    without = plugins_with(projections=[Kept(), ByService()])
    replay(filled, without, "by_service")
    drain(*processors(filled, plugins))
    replay(filled, plugins, "by_service", "rollback")
    drain(*processors(filled, plugins))
    assert rows(filled, BUILDS) == [(2, 1, "current")]
    assert answer(filled, plugins, "asked", QUERY)["definition"] == "without s1"


def test_of_another_version_it_stands_still(filled: Database) -> None:
    newer = Asked()
    newer.version = 2
    plugins = three_tiers(newer)
    replay(filled, plugins_with(projections=[Kept(), ByService()]), "by_service")
    drain(*processors(filled, plugins))
    assert rows(filled, BUILDS) == [(1, 1, "current")]
    replay(filled, plugins, "asked")
    assert rows(filled, BUILDS) == [(1, 1, "replaced"), (2, 2, "current")]
