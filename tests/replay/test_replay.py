"""Replay: a chain of new builds beside the old, readers see the old one whole until the swap."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Cursor
from psycopg.sql import SQL, Identifier

from streamgauge import CDEvent
from streamgauge.errors import ReplayRefused
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import Stopped
from streamgauge.processors.lease import REPLAY, Lease
from streamgauge.projections import Tables, filling
from streamgauge.replay import rebuild
from streamgauge.replay.chain import Stages
from streamgauge.replay.run import Replayer
from streamgauge.replay.status import status
from streamgauge.replay.swap import Link, swap
from streamgauge.stages import builds, requests
from streamgauge.stages.requests import Action
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge.streams.positions import PositionMoved
from tests.helpers import (
    FOLDED,
    LINKED,
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
from tests.projections.test_runner import Sums
from tests.replay.counting import a_definition, counted, with_definition
from tests.service import eventually

FACTS = "select * from deployment_attempts order by deployment_id"
STATES = "select stage, build, state from builds order by stage, build"


def linked(database: Database) -> list[tuple[Any, ...]]:
    """What the current build of the links says of deployments: of which commit each is."""
    with database.transaction() as cursor:
        number = builds.current(cursor, "links").number
    return rows(database, f"select * from deployment_commits__{number} order by 2, 3, 4")


def of_a_commit(number: int, **more: Any) -> CDEvent:
    """A deployment that has a row in the facts and one in the links."""
    known = {"commit": f"{number + 1:040x}", "repository": "https://git.example/acme/shop"}
    return a_deployment(number, custom_data=known, **more)


@pytest.fixture
def filled(database: Database, plugins: Plugins) -> Database:
    """Three weeks of deployments of seven services, in facts and links."""
    append_cdevents(database, [of_a_commit(n, service=f"s{n % 7}") for n in range(500)])
    drain(*processors(database, plugins))
    return database


def test_a_replay_gives_the_same_rows_in_new_tables(filled: Database, plugins: Plugins) -> None:
    before = rows(filled, FACTS), linked(filled)
    seen: list[tuple[str, int, int]] = []
    done = replay(filled, plugins, "delivery", progress=lambda *told: seen.append(told))
    assert done.builds == dict.fromkeys(FOLDED, 2)
    assert done.replaced == dict.fromkeys(FOLDED, 1)
    assert (rows(filled, FACTS), linked(filled)) == before
    assert {stage for stage, _, _ in seen} == set(FOLDED)
    assert ("delivery", 500, 500) in seen
    assert rows(filled, STATES) == [
        ("cdevents", 1, "current"),
        *((stage, *each) for stage in sorted(FOLDED) for each in ((1, "replaced"), (2, "current"))),
    ]


def test_links_are_made_anew_of_the_facts_and_nothing_else(
    filled: Database, plugins: Plugins
) -> None:
    before = linked(filled)
    rows(filled, "with gone as (delete from cdevents_events__1 returning 1) select * from gone")
    done = replay(filled, plugins, "links")
    assert done.builds == dict.fromkeys(LINKED, 2)
    assert linked(filled) == before
    assert replay(filled, plugins, "change_lead_time").builds == {"change_lead_time": 3}


def test_a_table_that_was_damaged_is_right_again(filled: Database, plugins: Plugins) -> None:
    before = rows(filled, FACTS), linked(filled)
    rows(filled, "with gone as (delete from deployments__1 returning 1) select * from gone")
    assert rows(filled, FACTS) == []
    replay(filled, plugins, "delivery")
    assert (rows(filled, FACTS), linked(filled)) == before


def test_what_was_replaced_is_kept_once_or_not_at_all(filled: Database, plugins: Plugins) -> None:
    replay(filled, plugins, "delivery")
    replay(filled, plugins, "delivery")
    assert rows(filled, "select to_regclass('deployments__1')") == [(None,)]
    replay(filled, plugins, "delivery", keep_replaced=False)
    left = rows(filled, "select relname from pg_class where relname ~ '^deployments__[0-9]+$'")
    assert left == [("deployments__4",)]
    with pytest.raises(ReplayRefused, match="nothing to go back to"):
        replay(filled, plugins, "delivery", "rollback")


def test_rolling_back_brings_what_was_replaced_up_to_now(
    filled: Database, plugins: Plugins
) -> None:
    replay(filled, plugins, "delivery")
    append_cdevents(filled, [of_a_commit(n) for n in range(500, 520)])
    drain(*processors(filled, plugins))
    before = rows(filled, FACTS), linked(filled)
    done = replay(filled, plugins, "delivery", "rollback")
    assert done.builds == dict.fromkeys(FOLDED, 1)
    assert len(before[1]) == 520
    assert (rows(filled, FACTS), linked(filled)) == before
    append_cdevents(filled, [of_a_commit(n) for n in range(520, 530)])
    drain(*processors(filled, plugins))
    assert rows(filled, "select count(*) from deployments") == [(530,)]
    assert len(linked(filled)) == 530
    states = {(stage, build): state for stage, build, state in rows(filled, STATES)}
    assert {states[stage, 2] for stage in FOLDED} == {"rejected"}


@pytest.mark.parametrize("action", ["replay", "rollback"])
def test_a_chain_is_swapped_in_one_transaction(
    filled: Database, plugins: Plugins, action: Action
) -> None:
    chain = ["cdevents", *FOLDED]
    replay(filled, plugins, "cdevents")
    if action == "rollback":
        replay(filled, plugins, "cdevents", action)
    # Postgres keeps with each row by which transaction it was written.
    written = rows(
        filled,
        "select stage, state, xmin::text from builds where state <> 'building' union all"
        " select 'the view', 'current', xmin::text from pg_rewrite"
        " where ev_class = 'cdevents_events'::regclass",
    )
    before = "replaced" if action == "replay" else "rejected"
    assert sorted((stage, state) for stage, state, _ in written) == sorted(
        [(stage, state) for stage in chain for state in ("current", before)]
        + [("the view", "current")]
    )
    assert len({transaction for *_, transaction in written}) == 1


@pytest.mark.parametrize(
    ("name", "instead"), [("links", "delivery"), ("deployment_frequency", "links")]
)
def test_none_can_go_back_alone_to_what_was_replaced_below_it(
    filled: Database, plugins: Plugins, name: str, instead: str
) -> None:
    replay(filled, plugins, "delivery")
    with pytest.raises(ReplayRefused, match=f"go back with {instead} instead"):
        replay(filled, plugins, name, "rollback")


def test_other_code_neither_folds_into_a_build_nor_goes_back_to_it(database: Database) -> None:
    old = plugins_with(projections=[Sums()])
    append_cdevents(database, [a_deployment(n) for n in range(3)])
    drain(*processors(database, old))
    newer = Sums()
    newer.version = 2
    new = plugins_with(projections=[newer])
    append_cdevents(database, [a_deployment(3)])
    drain(*processors(database, new))
    assert rows(database, "select n from sums") == [(3,)]  # it stands still
    replay(database, new, "sums")
    assert rows(database, "select n from sums") == [(4,)]
    with pytest.raises(ReplayRefused, match=r"was made by its version 1, and 2 is installed"):
        replay(database, new, "sums", "rollback")


def fill_some(link: Link) -> None:
    """As a replay does that is killed then."""
    with link.stage.database.transaction() as cursor:
        link.stage.prepare(cursor, link.build)
    assert link.stage.fill_some(link.build)


def frequency(database: Database, plugins: Plugins) -> dict[str, Any]:
    """What deployment_frequency says of the two weeks from START on."""
    query = MetricQuery.parse({"from": ["2026-01-05"], "to": ["2026-01-19"]}, now=START)
    return answer(database, plugins, "deployment_frequency", query)


def test_another_definition_is_compared_swapped_in_and_swapped_back(
    database: Database, tmp_path: Path
) -> None:
    file = a_definition(tmp_path, "deploy", "upgrade")
    plugins = with_definition(file)
    kinds = ("service.deployed", "service.upgraded")
    append_cdevents(
        database,
        [a_deployment(n, service=f"s{n % 2}", kind=kinds[n % 4 == 1]) for n in range(200)],
    )
    drain(*processors(database, plugins))
    before, rows_before = frequency(database, plugins), counted(database)
    assert (before["n"], before["definition"]) == (200, "ours")
    a_definition(tmp_path, "deploy", name="theirs")
    done = replay(database, plugins, "deployment_frequency", "compare")
    assert (frequency(database, plugins), counted(database)) == (before, rows_before)
    assert done.comparison is not None
    lines = {line["service"]: line for line in done.comparison["metrics"]}
    assert lines["all"]["n"] == {"before": 200, "after": 150}
    assert lines["s1"]["n"] == {"before": 100, "after": 50}
    assert not lines["s0"]["changed"]
    assert lines["s1"]["changed"]
    assert lines["s1"]["weeks_that_differ"] == 2
    # What was compared is what is swapped in: it is not filled again.
    assert replay(database, plugins, "deployment_frequency").builds == done.builds
    after = frequency(database, plugins)
    assert (after["n"], after["definition"]) == (150, "theirs")
    assert after["left_out"] == {"kind_not_counted": 50}
    assert len(counted(database)) == 150
    drain(*processors(database, plugins))
    replay(database, plugins, "deployment_frequency", "rollback")
    assert (frequency(database, plugins), counted(database)) == (before, rows_before)
    ((kept,),) = rows(
        database,
        "select definition::text from builds"
        " where stage = 'deployment_frequency' and state = 'current'",
    )
    assert '"ours"' in kept


def test_an_interrupted_replay_goes_on_where_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "RANGE", 10)
    sums = Sums()
    plugins = plugins_with(projections=[sums])
    append_cdevents(database, [a_deployment(n) for n in range(30)])
    drain(*processors(database, plugins))
    everything = stages(database, plugins)
    (link,) = rebuild.begin(database, everything.chain("sums"))
    fill_some(link)
    sums.batches.clear()
    assert replay(database, plugins, "sums").builds == {"sums": link.build.number}
    assert sums.batches == [10, 10]
    assert rows(database, "select n from sums") == [(30,)]


def test_a_replay_that_another_version_began_is_begun_anew(database: Database) -> None:
    append_cdevents(database, [a_deployment(n) for n in range(30)])
    plugins = plugins_with(projections=[Sums()])
    drain(*processors(database, plugins))
    (link,) = rebuild.begin(database, stages(database, plugins).chain("sums"))
    fill_some(link)
    newer = Sums()
    newer.version = 2
    replay(database, plugins_with(projections=[newer]), "sums")
    assert sum(newer.batches) == 30
    assert rows(database, "select n from sums") == [(30,)]


def test_the_first_build_can_be_a_replays(database: Database) -> None:
    append_cdevents(database, [a_deployment(n) for n in range(3)])
    done = replay(database, plugins_with(projections=[Sums()]), "sums")
    assert (done.builds, done.replaced) == ({"sums": 1}, {"sums": None})
    assert rows(database, "select n from sums") == [(3,)]


def test_many_fill_one_build_and_none_of_it_twice(
    database: Database, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "RANGE", 7)
    append_cdevents(database, [a_deployment(n) for n in range(300)])
    drain(*processors(database, plugins))
    before = rows(database, FACTS)
    everything = stages(database, plugins)
    link, *_ = rebuild.begin(database, everything.chain("delivery"))
    fill_some(link)
    taken: list[int] = []

    def work() -> None:
        mine = stages(database, plugins).facts["delivery"]
        while mine.fill_some(link.build):
            taken.append(threading.get_ident())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 42
    assert len(set(taken)) > 1
    replay(database, plugins, "delivery")
    assert rows(database, FACTS) == before


def test_a_projection_that_is_to_stop_stops_its_replay_too(database: Database) -> None:
    settings = {"STREAMGAUGE_STOP_ON_ERROR": "sums"}
    append_cdevents(
        database, [a_deployment(n, service="bad" if n == 3 else "shop") for n in range(6)]
    )
    plugins = plugins_with(projections=[Sums("bad")], settings=settings)
    with pytest.raises(Stopped, match="sums stops at position 4"):
        replay(database, plugins, "sums")
    with database.transaction() as cursor:
        last = requests.newest(cursor, "sums")
    assert last is not None
    assert (last.state, last.error) == ("failed", last.error)
    assert "no bad" in str(last.error)
    replay(database, plugins_with(projections=[Sums()], settings=settings), "sums")
    assert rows(database, "select service, n from sums order by 1") == [("bad", 1), ("shop", 5)]


def test_a_projection_stops_at_what_it_cannot_fold_until_it_is_mended_or_skipped(
    database: Database,
) -> None:
    settings = {"STREAMGAUGE_STOP_ON_ERROR": "sums"}
    sums = Sums("bad")
    plugins = plugins_with(projections=[sums], settings=settings)
    events = [a_deployment(n, service="bad" if n in (3, 7) else "shop") for n in range(10)]
    append_cdevents(database, events)
    _, live = processors(database, plugins)
    for _ in range(3):
        with pytest.raises(Stopped, match="position 4"):
            live.step()
    assert rows(database, "select service, n from sums") == [("shop", 3)]
    ((state, position, attempts),) = rows(
        database, "select state, position, attempts from dead_letters"
    )
    assert (state, position, attempts) == ("blocking", 4, 3)
    with database.transaction() as cursor:
        (letter,) = dead_letters.listed(cursor)
        dead_letters.settle(cursor, letter, "skipped")
    with pytest.raises(Stopped, match="position 8"):
        live.step()
    assert rows(database, "select service, n from sums") == [("shop", 6)]
    sums.refused = ()
    drain(live)
    assert rows(database, "select service, n from sums order by 1") == [("bad", 1), ("shop", 8)]
    assert rows(database, "select state from dead_letters order by position") == [
        ("skipped",),
        ("done",),
    ]


def test_readers_and_writers_go_on_during_replays(filled: Database, plugins: Plugins) -> None:
    """A reader never sees fewer deployments than before; nothing that comes in is missed."""
    database = filled
    stop = threading.Event()
    errors: list[Any] = []

    def guarded(work: Any) -> threading.Thread:
        def body() -> None:
            try:
                work()
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        return thread

    def write() -> None:
        number = 500
        while not stop.is_set():
            append_cdevents(database, [of_a_commit(n) for n in range(number, number + 5)])
            number += 5

    def run_live() -> None:
        live = processors(database, plugins)
        while not stop.is_set():
            for each in live:
                try:
                    each.step()
                except PositionMoved:
                    continue

    def read() -> None:
        counts = [0]
        while not stop.is_set():
            counts.append(rows(database, "select count(*) from deployments")[0][0])
            assert counts[-1] >= counts[-2], counts[-2:]

    threads = [guarded(work) for work in (write, run_live, read)]
    try:
        for build in range(2, 6):
            done = replay(database, plugins, "delivery", keep_replaced=build % 2 == 0)
            assert done.builds["delivery"] == build
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    drain(*processors(database, plugins))
    assert rows(database, "select count(*) from deployments") == rows(
        database, "select count(*) from cdevents_raw"
    )
    assert len(linked(database)) == len(rows(database, FACTS))


def test_stages_know_what_stands_on_what(database: Database, plugins: Plugins) -> None:
    everything: Stages = stages(database, plugins)
    names = [stage.name for stage in everything.chain("cdevents")]
    assert names == ["cdevents", *FOLDED]
    assert [s.name for s in everything.chain("links")] == list(LINKED)
    assert [s.name for s in everything.chain("deployment_frequency")] == ["deployment_frequency"]


def test_who_comes_second_helps_the_first_and_does_not_begin_again(
    filled: Database, plugins: Plugins
) -> None:
    done: list[dict[str, int]] = []
    said: list[str] = []

    def work() -> None:
        done.append(replay(filled, plugins, "delivery", say=said.append).builds)

    with Lease(filled, REPLAY, channels=()) as lease:
        assert lease.try_acquire()
        with filled.transaction() as cursor:
            mine = requests.ask(cursor, "delivery", "replay", "command")
            requests.started(cursor, mine)
        second = threading.Thread(target=work)
        second.start()
        eventually(lambda: said)
        with filled.transaction() as cursor:
            result = {
                "action": "replay",
                "builds": [{"stage": "delivery", "build": 7, "replaced": 6}],
                "broken": {},
            }
            requests.finished(cursor, mine, result)
    second.join()
    assert done == [{"delivery": 7}]
    assert said == [
        "another replay is at work; helping it",
        "which has done the same: there is nothing left to do",
    ]


def test_what_a_killed_command_has_left_is_told(filled: Database, plugins: Plugins) -> None:
    with filled.transaction() as cursor:
        mine = requests.ask(cursor, "delivery", "replay", "command")
        requests.started(cursor, mine)
        found = {item.name: item for item in status(cursor, stages(filled, plugins))}
    assert found["delivery"].replay is not None
    assert found["delivery"].replay["state"] == "interrupted"


def test_a_stage_whose_source_was_replaced_without_it_waits_for_its_replay(
    filled: Database, plugins: Plugins
) -> None:
    """As a plugin's, which was not installed when the log was derived anew."""
    rows(filled, "update builds set state = 'replaced' where stage = 'cdevents' returning 1")
    rows(
        filled,
        "insert into builds (stage, build, version, state)"
        " values ('cdevents', 2, 1, 'current') returning 1",
    )
    assert not stages(filled, plugins).facts["delivery"].step()
    with filled.transaction() as cursor:
        found = {item.name: item for item in status(cursor, stages(filled, plugins))}
    assert "build 1 of cdevents, which was replaced" in str(found["delivery"].replay_due)


def test_a_number_is_used_once(filled: Database, plugins: Plugins) -> None:
    """Somebody may still be at work on a build that was given up."""
    chain = stages(filled, plugins).chain("delivery")
    first, *_ = rebuild.begin(filled, chain)
    with filled.transaction() as cursor:
        first.stage.remove(cursor, first.build)
    second, *_ = rebuild.begin(filled, chain)
    assert second.build.number == first.build.number + 1


def test_what_was_skipped_is_skipped_in_a_replay_too(database: Database) -> None:
    settings = {"STREAMGAUGE_STOP_ON_ERROR": "sums"}
    plugins = plugins_with(projections=[Sums("bad")], settings=settings)
    append_cdevents(
        database, [a_deployment(n, service="bad" if n == 3 else "shop") for n in range(6)]
    )
    _, live = processors(database, plugins)
    with pytest.raises(Stopped):
        live.step()
    with database.transaction() as cursor:
        dead_letters.settle(cursor, dead_letters.listed(cursor)[0], "skipped")
    drain(live)
    replay(database, plugins, "sums")
    assert rows(database, "select service, n from sums") == [("shop", 5)]


def test_what_is_asked_for_while_a_killed_commands_replay_is_noted_is_a_workers_to_do(
    filled: Database,
) -> None:
    with filled.transaction() as cursor:
        requests.started(cursor, requests.ask(cursor, "delivery", "replay", "command"))
        assert requests.waiting(cursor) == []
        requests.ask(cursor, "delivery", "replay", "api")
        assert [each.asked_by for each in requests.waiting(cursor)] == ["api"]


class GivingWay(Sums):
    """Has to give way to another process, once."""

    given = 0

    def apply(self, cursor: Cursor[Any], tables: Tables, events: Sequence[RecordedCDEvent]) -> None:
        super().apply(cursor, tables, events)
        self.given += 1
        if self.given == 2:
            raise psycopg.errors.DeadlockDetected("deadlock detected")


def test_ranges_that_wait_for_each_other_in_a_circle_are_folded_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "RANGE", 10)
    append_cdevents(database, [a_deployment(n) for n in range(30)])
    projection = GivingWay()
    replay(database, plugins_with(projections=[projection]), "sums")
    assert projection.given == 4
    assert rows(database, "select n from sums") == [(30,)]


def test_one_that_was_taken_for_frozen_swaps_nothing_in_when_it_wakes(
    filled: Database, plugins: Plugins
) -> None:
    """Another has gone on with its builds and swapped them in, and others after them."""
    chain = stages(filled, plugins).chain("delivery")
    links = rebuild.fill(
        filled,
        rebuild.begin(filled, chain),
        progress=lambda *_: None,
        helpers=lambda _: None,
        broken=[],
    )
    replay(filled, plugins, "delivery")
    replay(filled, plugins, "delivery")
    with pytest.raises(ReplayRefused, match="was swapped meanwhile"):
        swap(filled, links, old_state="replaced", keep=True)
    assert rows(filled, "select build from builds where stage = 'delivery' order by 1") == [
        (2,),
        (3,),
    ]


def test_who_helps_must_be_of_the_version_that_is_being_built(database: Database) -> None:
    append_cdevents(database, [a_deployment(n) for n in range(4)])
    old, newer = Sums(), Sums()
    newer.version = 2
    plugins = plugins_with(projections=[old])
    (link,) = rebuild.begin(database, stages(database, plugins).chain("sums"))
    with database.transaction() as cursor:
        link.stage.prepare(cursor, link.build)
    other = plugins_with(projections=[newer])
    assert not Replayer(database, stages(database, other)).help()
    assert Replayer(database, stages(database, plugins)).help()


def test_what_a_replay_has_stopped_at_is_done_when_it_was_mended(database: Database) -> None:
    settings = {"STREAMGAUGE_STOP_ON_ERROR": "sums"}
    append_cdevents(database, [a_deployment(n, service="bad") for n in range(3)])
    sums = Sums("bad")
    plugins = plugins_with(projections=[sums], settings=settings)
    with pytest.raises(Stopped):
        replay(database, plugins, "sums")
    sums.refused = ()
    replay(database, plugins, "sums")
    assert rows(database, "select state from dead_letters") == [("done",)]


@pytest.mark.parametrize("name", ["delivery", "links", "cdevents"])
def test_tables_that_no_build_knows_are_in_nobodys_way(
    database: Database, plugins: Plugins, name: str
) -> None:
    """A dump that is restored over a database that has had a replay since leaves its tables."""
    append_cdevents(database, [of_a_commit(n) for n in range(3)])
    drain(*processors(database, plugins))
    with database.transaction() as cursor:
        for table in ("deployments__2", "changes__2", "cdevents_events__2"):
            cursor.execute(SQL("create table {} (left_over int)").format(Identifier(table)))
    replay(database, plugins, name)
    # Nothing of these is in the log of CloudEvents, from which cdevents is made anew.
    expected = 0 if name == "cdevents" else 3
    assert rows(database, "select count(*) from deployments") == [(expected,)]
