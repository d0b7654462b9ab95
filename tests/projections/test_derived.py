"""Derived facts, and the metrics upon them, are a function of the facts, however they came."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import DatabaseUnavailable
from streamgauge.metrics import Metric, MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.projections import Changed, DerivedFacts, Projection
from streamgauge.replay.status import status
from streamgauge.stages.pace import Pace
from streamgauge.streams.positions import MOVED
from tests.helpers import (
    START,
    a_deployment,
    append_cdevents,
    drain,
    processors,
    replay,
    rows,
    stages,
    start_over,
)
from tests.projections.tiers import Asked, ByService, Firsts, Kept, tables, three_tiers
from tests.service import eventually

SERVICES = ("shop", "bank", "mail")
QUERY = MetricQuery.parse({}, now=START)
MADE = ("by_service", "firsts", "asked")


def append(database: Database, services: Sequence[str], *, first: int = 0) -> None:
    events = [a_deployment(first + n, service=service) for n, service in enumerate(services)]
    append_cdevents(database, events)


def expected(services: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    """What the services' deployments, at positions from 1 on, are to give."""
    counts, last, first = Counter(services), {}, {}
    for position, service in enumerate(services, 1):
        last[service] = position
        first.setdefault(service, position)
    return {
        "by_service": [(name, counts[name], last[name]) for name in sorted(counts)],
        "firsts": [(name, counts[name], first[name]) for name in sorted(counts)],
    }


def made(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    found = tables(database)
    del found["kept"]
    return found


def positions(database: Database) -> dict[str, int]:
    return dict(
        rows(
            database,
            "select application_name, notification_id from streamgauge_tracking"
            " where application_name like '%%@%%' and application_name not like 'cdevents%%'",
        )
    )


def test_no_kind_is_taken_for_another() -> None:
    kinds = (Projection, DerivedFacts, Metric)
    for item, kind in ((Kept(), Projection), (ByService(), DerivedFacts), (Asked(), Metric)):
        assert [each for each in kinds if isinstance(item, each)] == [kind]


def test_each_tier_is_made_of_what_is_below_it(database: Database) -> None:
    by_service = ByService()
    live = processors(database, three_tiers(by_service=by_service))
    append(database, ["shop", "bank", "shop"])
    drain(*live)
    assert made(database) == expected(["shop", "bank", "shop"])
    append(database, ["shop", "mail"], first=3)
    drain(*live)
    assert made(database) == expected(["shop", "bank", "shop", "shop", "mail"])
    assert by_service.refreshed == [None, Changed(3, 5)]
    assert rows(database, "select service, n from by_service order by 1") == [
        ("bank", 1),
        ("mail", 1),
        ("shop", 3),
    ]
    assert positions(database) == {"kept@1": 5, "by_service@1": 5, "firsts@1": 5}


@given(
    batches=st.lists(st.lists(st.sampled_from(SERVICES), max_size=6), max_size=6),
    data=st.data(),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_steps_it_is_kept_up_it_is_what_a_rebuild_gives(
    database: Database, batches: list[list[str]], data: st.DataObject
) -> None:
    start_over(database)
    plugins = three_tiers()
    everything = stages(database, plugins)
    everything.facts["kept"].pace = Pace.fixed(data.draw(st.integers(1, 4)))
    everything.facts["kept"].step()
    sent: list[str] = []
    for batch in batches:
        append(database, batch, first=len(sent))
        sent += batch
        for name in data.draw(st.lists(st.sampled_from(("kept", *MADE)), max_size=8)):
            everything.get(name).step()
    drain(*everything)
    kept_up = tables(database)
    assert {name: kept_up[name] for name in ("by_service", "firsts")} == expected(sent)
    replay(database, plugins, data.draw(st.sampled_from(("kept", *MADE))))
    assert tables(database) == kept_up


def test_an_answer_is_of_one_position_though_facts_are_ahead(database: Database) -> None:
    plugins = three_tiers()
    everything = stages(database, plugins)
    append(database, ["shop"] * 3)
    drain(*everything)
    append(database, ["shop"] * 4, first=3)
    everything.get("kept").step()
    found = answer(database, plugins, "asked", QUERY)
    assert (found["n"], found["facts"]) == (3, 3)
    assert found["as_of"] == {"projection": "kept", "position": 3}
    everything.get("by_service").step()
    found = answer(database, plugins, "asked", QUERY)
    assert (found["n"], found["facts"], found["as_of"]["position"]) == (7, 7, 7)
    # One with tables of its own is as far as those are.
    found = answer(database, plugins, "firsts", QUERY)
    assert found["as_of"] == {"projection": "kept", "position": 3}


def test_derived_facts_wait_for_facts_of_the_version_that_is_installed(database: Database) -> None:
    append(database, ["shop"])
    older = Kept()
    drain(*processors(database, three_tiers(kept=older)))
    rows(database, "delete from builds where stage in ('firsts', 'asked') returning 1")
    newer = Kept()
    newer.version = 2
    plugins = three_tiers(kept=newer)
    drain(*processors(database, plugins))
    assert rows(database, "select from builds where stage in ('firsts', 'asked')") == []
    replay(database, plugins, "kept")
    assert rows(database, "select count(*) from builds where stage in ('firsts', 'asked')") == [
        (2,)
    ]


def told(database: Database, plugins: Plugins, name: str) -> int:
    """How often others are told that something has moved, when this stage folds something."""
    with database.connect() as listening:
        listening.execute(f"listen {MOVED}")
        assert stages(database, plugins).get(name).step()
        return len(list(listening.notifies(timeout=0.5)))


def test_who_has_tables_upon_derived_facts_is_told_and_who_has_none_is_not(
    database: Database,
) -> None:
    plugins = three_tiers()
    append(database, ["shop"])
    drain(*processors(database, plugins))
    append(database, ["shop"], first=1)
    assert told(database, plugins, "kept") == 1
    assert told(database, plugins, "by_service") == 1
    append(database, ["shop"], first=2)
    unkept = three_tiers(Asked())
    assert told(database, unkept, "kept") == 1
    assert told(database, unkept, "by_service") == 0


class Killed(BaseException):
    """What Postgres sees of a kill -9: a connection that ends in the middle, or after COMMIT."""


class Mortal(Database):
    """Dies in its Nth transaction, before or after COMMIT."""

    die_at = 0
    before = True
    transactions = 0

    @contextmanager
    def transaction(self, *, repeatable_read: bool = False) -> Iterator[Cursor[TupleRow]]:
        self.transactions += 1
        now = self.transactions == self.die_at
        with super().transaction(repeatable_read=repeatable_read) as cursor:
            yield cursor
            if now and self.before:
                raise Killed
        if now:
            raise Killed


@pytest.mark.parametrize("before", [True, False])
def test_killed_at_any_transaction_each_tier_goes_on_where_it_was(
    database: Database, before: bool
) -> None:
    sent = ["shop", "bank", "mail", "shop", "shop", "bank", "shop"]
    deaths = 0
    for die_at in range(1, 100):
        start_over(database)
        append(database, sent)
        with Mortal(database.url) as mortal:
            mortal.die_at, mortal.before = die_at, before
            try:
                work(mortal)
            except Killed:
                deaths += 1
        work(database)
        assert made(database) == expected(sent), die_at
        assert set(positions(database).values()) == {len(sent)}
        if deaths < die_at:
            break
    assert deaths > 10


def work(database: Database) -> None:
    """By pages of two, until there is nothing left to do."""
    everything = stages(database, three_tiers())
    everything.facts["kept"].pace = Pace.fixed(2)
    while sum(stage.step() for stage in everything):
        pass


class Looks(Firsts):
    """Looks which of the tiers below it could be moved while it is made of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.movable: list[str] = []

    def refresh(self, *parts: Any) -> None:
        super().refresh(*parts)
        for reader in ("kept@1", "by_service@1"):
            with suppress(DatabaseUnavailable), self.database.transaction() as cursor:
                cursor.execute(
                    "select from streamgauge_tracking where application_name = %s"
                    " for update nowait",
                    (reader,),
                )
                self.movable.append(reader)


def test_what_a_new_build_is_made_of_does_not_move_meanwhile(database: Database) -> None:
    looks = Looks(database)
    plugins = three_tiers(looks)
    live = processors(database, plugins)
    append(database, ["shop", "bank"])
    drain(*live)
    replay(database, plugins, "firsts")
    assert looks.movable == []
    append(database, ["shop"], first=2)
    drain(*live)
    assert looks.movable == ["kept@1", "by_service@1"]  # a snapshot is enough then
    append(database, ["shop"], first=3)
    drain(*processors(database, plugins))  # as after a start: it does not know how far it is
    assert looks.movable == ["kept@1", "by_service@1"]


def test_facts_that_come_late_wait_for_who_begins_upon_them(database: Database) -> None:
    """They could not know of that build otherwise."""
    kept = Kept("bank")
    plugins = three_tiers(kept=kept)
    append(database, ["shop", "bank", "shop"])
    everything = stages(database, plugins)
    drain(everything.get("kept"), everything.get("by_service"))
    kept.refused = set()
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    late = threading.Thread(target=everything.get("kept").step)
    waiting = (
        "select from pg_stat_activity"
        " where wait_event_type = 'Lock' and datname = current_database()"
    )
    firsts = everything.get("firsts")
    with database.transaction() as cursor:
        found = firsts.look(cursor)
        assert found is not None
        firsts.fold(cursor, found[0])
        late.start()
        eventually(lambda: rows(database, waiting))
    late.join()
    assert made(database) == expected(["shop", "bank", "shop"])


@pytest.fixture
def late(database: Database) -> tuple[Database, Plugins, Kept, ByService]:
    """A service's deployments are parked, and may be folded now."""
    kept, by_service = Kept("bank"), ByService()
    plugins = three_tiers(kept=kept, by_service=by_service)
    append(database, ["shop", "bank", "shop", "mail"])
    drain(*processors(database, plugins))
    assert made(database)["by_service"] == [("mail", 1, 4), ("shop", 2, 3)]
    kept.refused = set()
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    return database, plugins, kept, by_service


Late = tuple[Database, Plugins, Kept, ByService]


def test_facts_that_come_late_reach_every_tier_in_one_transaction(late: Late) -> None:
    database, plugins, _, _ = late
    before = tables(database)
    with Mortal(database.url) as mortal, pytest.raises(Killed):
        mortal.die_at = 1
        stages(mortal, plugins).get("kept").step()
    assert tables(database) == before
    assert stages(database, plugins).get("kept").step()
    assert made(database) == expected(["shop", "bank", "shop", "mail"])
    assert set(positions(database).values()) == {4}
    found = answer(database, plugins, "asked", QUERY)
    assert (found["n"], found["facts"]) == (4, 4)
    before = tables(database)
    replay(database, plugins, "kept")
    assert tables(database) == before


def test_and_what_was_replaced_and_what_is_only_being_built(late: Late) -> None:
    database, plugins, _, _ = late
    rows(database, "update dead_letters set state = 'parked' returning 1")
    replay(database, plugins, "by_service")
    replay(database, plugins, "firsts", "compare")
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    assert stages(database, plugins).get("kept").step()
    assert rows(database, "select from builds where state = 'building'") == []
    assert rows(database, "select to_regclass('firsts__3')") == [(None,)]
    for number in (1, 2):
        assert (
            rows(database, f"select service, n, first from firsts__{number} order by 1")
            == (expected(["shop", "bank", "shop", "mail"])["firsts"])
        )


def test_where_a_tier_cannot_be_made_anew_with_them_all_upon_it_wait_for_a_replay(
    late: Late,
) -> None:
    database, plugins, _, by_service = late
    by_service.breaks = True
    assert stages(database, plugins).get("kept").step()
    assert made(database)["by_service"] == [("mail", 1, 4), ("shop", 2, 3)]
    with database.transaction() as cursor:
        found = {item.name: item for item in status(cursor, stages(database, plugins))}
    for name in ("by_service", "firsts"):
        assert "have come late" in str(found[name].replay_due)
    by_service.breaks = False
    replay(database, plugins, "by_service")
    assert made(database) == expected(["shop", "bank", "shop", "mail"])
    # What is gone back to is filled again first.
    replay(database, plugins, "by_service", "rollback")
    assert made(database) == expected(["shop", "bank", "shop", "mail"])


def test_each_build_is_made_anew_by_its_own_definition(database: Database) -> None:
    kept, firsts = Kept("bank"), Firsts()
    plugins = three_tiers(firsts, kept=kept)
    append(database, ["shop", "bank", "shop", "bank", "mail"])
    drain(*processors(database, plugins))
    firsts.least = 2
    replay(database, plugins, "firsts")
    kept.refused = set()
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    drain(*processors(database, plugins))
    assert rows(database, "select service from firsts__1 order by 1") == [
        ("bank",),
        ("mail",),
        ("shop",),
    ]
    assert rows(database, "select service from firsts__2 order by 1") == [("bank",), ("shop",)]
