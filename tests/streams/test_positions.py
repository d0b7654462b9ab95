"""A range of events is taken by one reader only."""

from __future__ import annotations

import threading

import pytest

from streamgauge.postgres.database import Database
from streamgauge.streams.positions import PositionMoved, Positions
from tests.helpers import rows


def test_a_position_moves_only_from_where_it_is(database: Database) -> None:
    positions = Positions(database.datastore)
    with database.transaction() as cursor:
        assert positions.start(cursor, "reader") == 0
        positions.advance(cursor, "reader", since=0, upto=10)
        assert positions.start(cursor, "reader") == 10
    for since in (0, 9, 11):
        with pytest.raises(PositionMoved), database.transaction() as cursor:
            positions.advance(cursor, "reader", since=since, upto=20)


def test_readers_that_never_started_have_no_position(database: Database) -> None:
    with pytest.raises(PositionMoved), database.transaction() as cursor:
        Positions(database.datastore).advance(cursor, "nobody", since=0, upto=1)


def test_three_readers_with_other_page_sizes_count_each_event_once(database: Database) -> None:
    """The library's "newer than" check counted 21,160 of 20,000 in this contest."""
    events = 3000
    with database.transaction() as cursor:
        Positions(database.datastore).start(cursor, "counter")
        cursor.execute("create table counted (n int not null)")

    def count(page: int) -> None:
        positions = Positions(database.datastore)
        while True:
            with database.transaction() as cursor:
                since = positions.position(cursor, "counter")
            if since >= events:
                return
            upto = min(since + page, events)
            try:
                with database.transaction() as cursor:
                    cursor.execute("insert into counted values (%s)", (upto - since,))
                    positions.advance(cursor, "counter", since=since, upto=upto)
            except PositionMoved:
                continue

    threads = [threading.Thread(target=count, args=(page,)) for page in (7, 11, 23)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(database, "select sum(n) from counted") == [(events,)]
