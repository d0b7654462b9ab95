"""The conformance cases that the eventsourcing library ships, run on our subclasses of it.

They prove that a log is still what the library calls one: any of its readers can read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import SkipTest

import pytest
from eventsourcing.persistence import ApplicationRecorder, TrackingRecorder
from eventsourcing.tests.persistence import (
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    TrackingRecorderTestCase,
)

from streamgauge.postgres.database import Database
from streamgauge.streams.positions import Positions
from streamgauge.streams.recorder import StreamRecorder


class _OnADatabase:
    """Gives the library's unittest cases the database of this run."""

    database: Database

    @pytest.fixture(autouse=True)
    def _database(self, database_url: str) -> Iterator[None]:
        # The library's cases subscribe, and hold a connection for as long as they do.
        with Database(database_url, role="conformance", pool_size=30) as database:
            type(self).database = database
            yield

    def recorder(self) -> StreamRecorder:
        return StreamRecorder(self.database.datastore, events_table_name="cloudevents_events")


class TestApplicationRecorder(_OnADatabase, ApplicationRecorderTestCase[StreamRecorder]):
    def create_recorder(self) -> StreamRecorder:
        return self.recorder()

    def test_performance(self) -> None:
        raise SkipTest("it prints a rate and asserts nothing; bench/ measures appends")

    def test_concurrent_throughput(self) -> None:
        raise SkipTest("it prints a rate and asserts nothing; bench/ measures appends")


class TestNonInterleavingNotificationIDs(_OnADatabase, NonInterleavingNotificationIDsBaseCase):
    insert_num = 1000

    def create_recorder(self) -> ApplicationRecorder:
        return self.recorder()


class TestTrackingRecorder(_OnADatabase, TrackingRecorderTestCase):
    def create_recorder(self) -> TrackingRecorder:
        return Positions(self.database.datastore)


def test_a_stock_reader_can_tail_our_log(database: Database) -> None:
    from eventsourcing.postgres import PostgresApplicationRecorder

    from streamgauge.streams.cloudevents_log import CloudEventsLog
    from tests.helpers import an_event

    appended = CloudEventsLog(database).append([an_event(n) for n in range(3)])
    stock: Any = PostgresApplicationRecorder(
        database.datastore, events_table_name="cloudevents_events"
    )
    read = stock.select_notifications(start=1, limit=10)
    assert [n.id for n in read] == [a.position for a in appended]
    assert {n.topic for n in read} == {"com.example.thing"}
