"""A slip of one plugin's author is not everybody's outage."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from psycopg import Cursor
from psycopg.sql import SQL

import streamgauge
from streamgauge.cdevents import in_cloudevent
from streamgauge.errors import ReplayRefused
from streamgauge.metrics import Changed, Metric, MetricAnswer, MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugin, Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.lease import REPLAY, Lease
from streamgauge.projections import DerivedFacts, Projection, Tables
from streamgauge.replay import overseer
from streamgauge.replay.overseer import Overseer
from streamgauge.replay.status import status
from streamgauge.settings import Settings
from streamgauge.stages.builds import Definition
from streamgauge.streams.cdevents_log import RecordedCDEvent
from tests.helpers import FOLDED, METRICS, START, a_deployment, process, replay, rows, stages


class Fine(Projection):
    name = "fine"
    version = 1
    event_kinds = frozenset({"service.deployed"})
    tables: Sequence[str] = ("fine",)
    schema = "create table {fine} (tenant text)"

    def apply(self, cursor: Cursor[Any], tables: Tables, events: Sequence[RecordedCDEvent]) -> None:
        pass


class Pairs(DerivedFacts):
    name = "pairs"
    projection = "delivery"
    tables: Sequence[str] = ("pairs",)
    schema = "create table {pairs} (tenant text)"

    def refresh(
        self, cursor: Cursor[Any], tables: Tables, changed: Changed | None, definition: Definition
    ) -> None:
        pass


class Counts(Metric):
    """Does what it is told to."""

    name = "counts"
    title = description = unit = "deployments"
    projection = "delivery"
    tables: Sequence[str] = ("counts",)
    schema = "create table {counts} (n int)"
    defined: Any = None
    breaks = ""

    def definition(self) -> Definition:
        if self.breaks == "definition":
            raise FileNotFoundError("gone")
        found: Definition = {"name": "one"} if self.defined is None else self.defined
        return found

    def refresh(
        self, cursor: Cursor[Any], tables: Tables, changed: Changed | None, definition: Definition
    ) -> None:
        if self.breaks == "refresh":
            raise ZeroDivisionError("by zero")
        if self.breaks == "exit":
            raise SystemExit(3)

    def answer(
        self, cursor: Cursor[Any], tables: Tables, query: MetricQuery, definition: Definition
    ) -> MetricAnswer:
        if self.breaks == "answer":
            cursor.execute("select nothing from nowhere")
        return MetricAnswer("one", {"value": None, "n": 0, "buckets": []})


def given(*items: Any) -> Plugins:
    """The installed plugins and one more, which brings these."""

    class Module:
        @streamgauge.hookimpl
        def projections(self) -> Sequence[Any]:
            return [item for item in items if isinstance(item, Projection | DerivedFacts)]

        @streamgauge.hookimpl
        def metrics(self) -> Sequence[Any]:
            return [item for item in items if isinstance(item, Metric)]

    class Door(EntryPoint):
        def load(self) -> Any:
            return Module()

    from importlib.metadata import entry_points

    found = list(entry_points(group="streamgauge"))
    return Plugins(Settings.load({}), [*found, Door("mine", "mine", "streamgauge")])


def changed(item: Any, **attributes: Any) -> Any:
    for name, value in attributes.items():
        setattr(item, name, value)
    return item


def mine(plugins: Plugins) -> Plugin:
    (found,) = [plugin for plugin in plugins.plugins if plugin.name == "mine"]
    return found


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (changed(Fine(), version="1"), "version must be a whole number"),
        (changed(Fine(), name="cdevents"), "the name is taken"),
        (changed(Fine(), name="replays"), "the name is taken"),
        (changed(Fine(), name="Fine"), "lower-case letters"),
        (changed(Fine(), name="f" * 51), "50 of them"),
        (changed(Fine(), event_kinds=frozenset()), "at least one kind"),
        (changed(Fine(), event_kinds=frozenset({"service.flown"})), "no kind of CDEvent"),
        (changed(Fine(), tables="fine"), "a sequence of names"),
        (changed(Fine(), tables=("deployments",)), "'deployments' is there already"),
        (changed(Fine(), tables=("dead_letters",)), "is there already"),
        (changed(Fine(), tables=("fine", "fine")), "named twice"),
        (changed(Fine(), views={"deployments": "select 1"}), "is there already"),
        (changed(Fine(), views=[]), "views must be a mapping"),
        (changed(Fine(), schema=None), "schema must be text"),
        (changed(Counts(), name="delivery"), "the name is taken"),
        (changed(Counts(), projection="nothing"), "no projection 'nothing'"),
        (changed(Counts(), unit=None), "unit must be text"),
        (changed(Pairs(), name="cdevents"), "the derived facts 'cdevents': the name is taken"),
        (changed(Pairs(), tables=()), "the derived facts 'pairs': it needs a table"),
        (changed(Pairs(), tables=("deployments",)), "is there already"),
        (changed(Pairs(), projection=None), "projection must be text"),
        (changed(Pairs(), projection="nothing"), "there is no projection 'nothing'; there are: d"),
        (changed(Pairs(), projection="deployment_frequency"), "there is no projection 'deploymen"),
        (changed(Pairs(), projection="pairs"), "made of itself"),
    ],
)
def test_what_is_not_what_it_must_be_is_left_out_and_told(item: Any, reason: str) -> None:
    plugins = given(item)
    assert item.name not in plugins.derived
    assert sorted(plugins.projections) == ["delivery"]
    assert sorted(plugins.metrics) == list(METRICS)
    assert reason in str(mine(plugins).error)


def test_what_is_as_it_must_be_is_taken() -> None:
    plugins = given(Fine(), Counts())
    assert {"fine", "delivery"} == set(plugins.projections)
    assert "counts" in plugins.metrics
    assert mine(plugins).error is None


def derived(name: str, projection: str) -> Any:
    return changed(
        Pairs(),
        name=name,
        projection=projection,
        tables=(name,),
        schema=f"create table {{{name}}} (tenant text)",
    )


def test_derived_facts_stand_on_what_is_brought_after_them(database: Database) -> None:
    pairs = [derived("a", "b"), derived("b", "fine")]
    plugins = given(*pairs, changed(Counts(), projection="a"), Fine())
    assert mine(plugins).error is None
    assert mine(plugins).brings == {"projections": ["a", "b", "fine"], "metrics": ["counts"]}
    names = [stage.name for stage in stages(database, plugins).chain("fine")]
    assert names == ["fine", "b", "a", "counts"]


def test_those_that_stand_on_each_other_are_left_out_and_nothing_else(database: Database) -> None:
    around = [derived("a", "c"), derived("b", "a"), derived("c", "b")]
    plugins = given(*around, derived("d", "delivery"), derived("e", "c"), Fine())
    assert set(plugins.derived) & set("abcde") == {"d"}
    assert "fine" in plugins.projections
    assert mine(plugins).brings == {"projections": ["d", "fine"]}
    assert "made of itself" in str(mine(plugins).error)
    assert "deployment_frequency" in plugins.metrics
    assert set("abcde") & {stage.name for stage in stages(database, plugins)} == {"d"}


def test_a_metric_is_no_derived_facts_for_being_brought_as_such() -> None:
    class Door(EntryPoint):
        def load(self) -> Any:
            class Module:
                @streamgauge.hookimpl
                def projections(self) -> Sequence[Any]:
                    return [Counts()]

            return Module()

    plugins = Plugins(Settings.load({}), [Door("mine", "mine", "streamgauge")])
    assert "is no Projection or DerivedFacts with a name" in str(plugins.plugins[0].error)
    assert plugins.derived == {}


@pytest.fixture
def filled(database: Database) -> Database:
    process(database, given(Counts()), [in_cloudevent(a_deployment(n)) for n in range(5)])
    return database


@pytest.mark.parametrize("breaks", ["refresh", "exit", "definition"])
@pytest.mark.parametrize("name", ["delivery", "cdevents"])
def test_a_metric_that_cannot_be_built_is_left_as_it_is(
    filled: Database, breaks: str, name: str
) -> None:
    mine = changed(Counts(), breaks=breaks)
    said: list[str] = []
    done = replay(filled, given(mine), name, say=said.append)
    assert set(done.broken) == {"counts"}
    assert done.builds["delivery"] == 2
    assert "counts" not in done.builds
    assert any(line.startswith("counts is left as it is: ") for line in said)
    assert rows(filled, "select state from builds where stage = 'counts'") == [("current",)]
    if name == "delivery":
        assert rows(filled, "select count(*) from deployments") == [(5,)]
    mended = given(Counts())
    assert "counts" in replay(filled, mended, name).builds


def test_wrong_sql_in_a_schema_leaves_out_what_stands_on_it(filled: Database) -> None:
    wrong = changed(Fine(), schema="create tabel {fine} ()")
    done = replay(filled, given(wrong, changed(Counts(), projection="fine")), "cdevents")
    assert set(done.broken) == {"fine", "counts"}
    assert "delivery" in done.builds


def test_a_metric_that_cannot_answer_is_told_in_a_comparison(filled: Database) -> None:
    mine = changed(Counts(), breaks="answer")
    done = replay(filled, given(mine), "delivery", "compare")
    assert done.comparison is not None
    lines = {line["metric"]: line for line in done.comparison["metrics"]}
    assert "UndefinedTable" in lines["counts"]["error"] or "nowhere" in lines["counts"]["error"]
    assert "error" not in lines["deployment_frequency"]


@pytest.mark.parametrize("defined", [("a", "b"), ["a"], {"a"}, {1: 2}, {"n": float("nan")}])
def test_a_definition_is_what_json_makes_of_it_or_an_error(filled: Database, defined: Any) -> None:
    """What never equals itself once it was stored would be made anew for ever."""
    mine = changed(Counts(), defined=defined)
    everything = stages(filled, given(mine))
    stage = everything.get("counts")
    with filled.transaction() as cursor:
        found = {item.name: item for item in status(cursor, everything)}
    if not isinstance(defined, dict):
        assert "is no mapping" in str(found["counts"].definition_error)
        assert found["counts"].replay_due is None
    else:
        assert found["counts"].replay_due is not None
        assert stage.definition() == stage.definition()
        replay(filled, given(mine), "counts")
        with filled.transaction() as cursor:
            found = {item.name: item for item in status(cursor, everything)}
        assert found["counts"].replay_due is None


class Reads(Counts):
    """Answers of the facts themselves."""

    name = "reads"
    tables: Sequence[str] = ("reads",)
    schema = "create table {reads} (n int)"

    def answer(
        self, cursor: Cursor[Any], tables: Tables, query: MetricQuery, definition: Definition
    ) -> MetricAnswer:
        cursor.execute(SQL("select count(*) from {deployments}").format(**tables))
        row = cursor.fetchone()
        return MetricAnswer("one", {"value": None, "n": row[0] if row else 0, "buckets": []})


@pytest.fixture
def read(database: Database) -> Database:
    process(database, given(Reads()), [in_cloudevent(a_deployment(n)) for n in range(5)])
    return database


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("name", ["delivery", "cdevents"])
def test_what_a_left_out_metric_stands_on_stays_as_long_as_it_does(
    read: Database, keep: bool, name: str
) -> None:
    broken = given(changed(Reads(), breaks="refresh"))
    for _ in range(3):
        assert set(replay(read, broken, name, keep_replaced=keep).broken) == {"reads"}
    query = MetricQuery.parse({}, now=START)
    assert answer(read, broken, "reads", query)["n"] == 5
    assert replay(read, broken, name, "compare").comparison is not None
    with read.transaction() as cursor:
        found = {item.name: item for item in status(cursor, stages(read, broken))}
    assert "build 1 of delivery, which was replaced" in str(found["reads"].replay_due)
    replay(read, given(Reads()), name, keep_replaced=keep)
    replay(read, given(Reads()), name, keep_replaced=keep)
    assert rows(read, "select to_regclass('deployments__1')") == [(None,)]


def test_the_way_back_from_a_replay_that_left_one_out(read: Database) -> None:
    broken = given(changed(Reads(), breaks="refresh"))
    replay(read, broken, "delivery")
    done = replay(read, broken, "delivery", "rollback")
    assert done.builds == dict.fromkeys(FOLDED, 1)
    with read.transaction() as cursor:
        found = {item.name: item for item in status(cursor, stages(read, broken))}
    assert found["reads"].replay_due is None


def test_one_that_cannot_be_built_holds_up_no_other(
    read: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again after a while, and not all the time."""
    counts = Counts()
    broken = given(changed(Reads(), breaks="refresh"), counts)
    replay(read, broken, "delivery")
    counts.defined = {"name": "new"}
    asked: list[str] = []

    class Process:
        returncode = 0

        def __init__(self, arguments: Sequence[str], **_: Any) -> None:
            asked.append(arguments[4])
            with suppress(ReplayRefused):
                replay(read, broken, arguments[4])

        def poll(self) -> int:
            return 0

    monkeypatch.setattr(overseer.subprocess, "Popen", Process)
    it = Overseer(stages(read, broken), broken.settings, read.url)
    for _ in range(6):
        it.step()
    assert sorted(asked) == ["counts", "reads"]


def test_queued_retries_do_not_keep_a_processor_busy_during_a_replay(read: Database) -> None:
    with read.transaction() as cursor:
        letter = dead_letters.Failure("default", 2, "/t", "e", "t", "delivery", "2", "no")
        dead_letters.park(cursor, "delivery@1", [letter])
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    deployments = stages(read, given(Reads())).facts["delivery"]
    with Lease(read, REPLAY, channels=()) as lease:
        assert lease.try_acquire()
        assert deployments.step() == 0


def test_a_letter_that_was_handled_meanwhile_is_not_queued_again(read: Database) -> None:
    with read.transaction() as cursor:
        letter = dead_letters.Failure("default", 2, "/t", "e", "t", "delivery", "2", "no")
        dead_letters.park(cursor, "delivery@1", [letter])
        listed = dead_letters.listed(cursor)
        dead_letters.settle(cursor, listed[0], "done")
        dead_letters.request_retry(cursor, listed)
        dead_letters.skip(cursor, listed)
    assert rows(read, "select state from dead_letters") == [("done",)]
