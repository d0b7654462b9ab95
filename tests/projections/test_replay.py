"""Replay: a new build beside the old, readers see the old one whole until the swap."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections import builds
from streamgauge.projections.projection import Projection
from streamgauge.projections.replay import replay
from streamgauge.projections.runner import ProjectionRunner
from tests.helpers import a_deployment, append_cdevents, drain, rows
from tests.projections.test_runner import Sums

TABLE = "select * from deployment_attempts order by deployment_id"


@pytest.fixture
def deployments(plugins: Plugins) -> Projection:
    return plugins.projections["deployments"]


def test_a_replay_gives_the_same_rows_in_new_tables(
    database: Database, deployments: Projection
) -> None:
    append_cdevents(database, [a_deployment(n, service=f"s{n % 7}") for n in range(500)])
    drain(ProjectionRunner(database, deployments))
    before = rows(database, TABLE)
    seen: list[tuple[int, int]] = []
    done = replay(database, deployments, progress=lambda p, h: seen.append((p, h)))
    assert (done.build, done.previous, done.events) == (2, 1, 500)
    assert rows(database, TABLE) == before
    assert seen[-1][0] == seen[-1][1]
    assert rows(database, "select to_regclass('deployments__1')") == [(None,)]


def test_a_table_that_was_damaged_is_right_again(
    database: Database, deployments: Projection
) -> None:
    append_cdevents(database, [a_deployment(n) for n in range(20)])
    drain(ProjectionRunner(database, deployments))
    before = rows(database, TABLE)
    rows(database, "with gone as (delete from deployments__1 returning 1) select * from gone")
    assert rows(database, TABLE) == []
    replay(database, deployments)
    assert rows(database, TABLE) == before


def test_an_interrupted_replay_goes_on_where_it_was(database: Database) -> None:
    append_cdevents(database, [a_deployment(n) for n in range(30)])
    drain(ProjectionRunner(database, Sums()))
    runner = ProjectionRunner(database, Sums(), page_size=10)
    with database.transaction() as cursor:
        build = builds.create(cursor, runner.positions, runner.projection, "building")
        runner.fold(cursor, build)
    done = replay(database, Sums())
    assert (done.build, done.events) == (build.number, 20)
    assert rows(database, "select n from sums") == [(30,)]


def test_a_replay_that_another_version_began_is_begun_anew(database: Database) -> None:
    append_cdevents(database, [a_deployment(n) for n in range(30)])
    runner = ProjectionRunner(database, Sums(), page_size=10)
    drain(runner)
    with database.transaction() as cursor:
        runner.fold(cursor, builds.create(cursor, runner.positions, Sums(), "building"))
    newer = Sums()
    newer.version = 2
    done = replay(database, newer)
    assert done.events == 30
    assert rows(database, "select n from sums") == [(30,)]


def test_the_first_build_can_be_a_replays(database: Database) -> None:
    append_cdevents(database, [a_deployment(1)])
    done = replay(database, Sums())
    assert (done.build, done.previous) == (1, None)
    assert rows(database, "select n from sums") == [(1,)]


def test_readers_and_writers_go_on_during_replays(
    database: Database, deployments: Projection
) -> None:
    """A reader never sees fewer deployments than before; nothing that comes in is missed."""
    append_cdevents(database, [a_deployment(n) for n in range(300)])
    drain(ProjectionRunner(database, deployments))
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
        number = 300
        while not stop.is_set():
            append_cdevents(database, [a_deployment(n) for n in range(number, number + 5)])
            number += 5

    def run_live() -> None:
        from streamgauge.streams.positions import PositionMoved

        runner = ProjectionRunner(database, deployments, page_size=50)
        while not stop.is_set():
            try:
                runner.step()
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
            assert replay(database, deployments).build == build
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    drain(ProjectionRunner(database, deployments))
    assert rows(database, "select count(*) from deployments") == rows(
        database, "select count(*) from cdevents_raw"
    )
