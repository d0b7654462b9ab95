"""What was parked and is retried reaches the metrics, though they have passed its position."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import streamgauge_dora.facts.deployments
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.lease import REPLAY, Lease
from streamgauge.streams.cdevents_log import RecordedCDEvent
from tests.crash.tables import TABLES, contents
from tests.helpers import (
    a_deployment,
    append_cdevents,
    drain,
    processors,
    replay,
    rows,
    stages,
)
from tests.replay.counting import a_definition, with_definition
from tests.replay.test_replay import linked, of_a_commit
from tests.service import eventually

STAGES = ("delivery", "links")


def test_a_deployment_that_is_folded_on_request_counts(
    database: Database, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = streamgauge_dora.facts.deployments.row

    def refusing(recorded: RecordedCDEvent, event: Any, extra: Any) -> object:
        if event.id == "deployment-1":
            raise ValueError("not this one")
        return row(recorded, event, extra)

    monkeypatch.setattr(streamgauge_dora.facts.deployments, "row", refusing)
    append_cdevents(database, [of_a_commit(n) for n in range(4)])
    drain(*processors(database, plugins))
    assert rows(database, "select count(*) from deployments") == [(3,)]
    assert len(linked(database)) == 3
    monkeypatch.undo()
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    drain(*processors(database, plugins))
    retried = contents(database, *STAGES)
    replay(database, plugins, "delivery")
    anew = contents(database, *STAGES)
    assert len(linked(database)) == 4
    for tables in (*TABLES["delivery"], *TABLES["links"]):
        assert retried[tables] == anew[tables]


def test_a_retry_waits_while_a_replay_is_at_work(database: Database, plugins: Plugins) -> None:
    """Which would not learn of the fact that came late."""
    append_cdevents(database, [of_a_commit(n) for n in range(3)])
    drain(*processors(database, plugins))
    with database.transaction() as cursor:
        letter = dead_letters.Failure("default", 2, "/t", "e", "t", "delivery", "2", "no")
        dead_letters.park(cursor, "delivery@1", [letter])
        cursor.execute("delete from deployments__1 where position = 2")
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    deployments = stages(database, plugins).facts["delivery"]
    with Lease(database, REPLAY, channels=()) as lease:
        assert lease.try_acquire()
        deployments.step()
        assert rows(database, "select state from dead_letters") == [("queued",)]

    def is_done() -> bool:
        deployments.step()
        return rows(database, "select state from dead_letters") == [("done",)]

    eventually(is_done)  # Postgres ends a connection's locks a moment after it is closed
    assert len(linked(database)) == 3


def test_a_retry_keeps_to_the_definition_of_each_build(database: Database, tmp_path: Path) -> None:
    """It is no reason to put in place what somebody holds back, or has rolled back from."""
    plugins = with_definition(a_definition(tmp_path, "deploy"))
    kinds = ("service.deployed", "service.upgraded")
    append_cdevents(database, [a_deployment(n, kind=kinds[n % 2]) for n in range(6)])
    drain(*processors(database, plugins))
    a_definition(tmp_path, "upgrade")
    replay(database, plugins, "deployment_frequency")
    replay(database, plugins, "deployment_frequency", "rollback")
    with database.transaction() as cursor:
        for position in (1, 2):
            letter = dead_letters.Failure("default", position, "/t", "e", "t", "d", "2", "no")
            dead_letters.park(cursor, "delivery@1", [letter])
            cursor.execute("delete from deployments__1 where position = %s", (position,))
            dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    drain(*processors(database, plugins))
    assert rows(database, "select count(*) from counted_deployments__1") == [(3,)]
    assert rows(database, "select count(*) from counted_deployments__2") == [(3,)]
    assert rows(database, "select count(*) from replays where state = 'queued'") == [(0,)]


def test_what_is_done_is_not_folded_again(database: Database, plugins: Plugins) -> None:
    with database.transaction() as cursor:
        letter = dead_letters.Failure("default", 2, "/t", "e", "t", "delivery", "2", "no")
        dead_letters.park(cursor, "delivery@1", [letter], state="done")
        dead_letters.request_retry(cursor, dead_letters.listed(cursor, states=("done",)))
    assert rows(database, "select state from dead_letters") == [("done",)]
