"""How far each reader has read its log, moved by compare-and-set."""

from __future__ import annotations

from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge.errors import StreamgaugeError

TABLE = "streamgauge_tracking"
MOVED = "streamgauge_moved"
"""The channel on which it is said that facts have changed and their position has moved."""

RATE_SECONDS = 30
"""A rate fades to 37 % in this time: a mean over about as long, kept in one number."""

# exp underflows far below this, which Postgres makes an error.
_FADED = SQL(
    "rate * exp(greatest(-extract(epoch from clock_timestamp() - updated_at)::float8 / {}, -500))"
).format(RATE_SECONDS)


class PositionMoved(StreamgaugeError):
    """Someone else has moved this reader's position: what was read since is theirs."""


class Positions(PostgresTrackingRecorder):
    """The library's tracking table, for readers that take a range of events at a time.

    The library moves a position to anything newer. That protects single events, not ranges: two
    readers of overlapping ranges would both commit. Here a range (since, upto] is taken only by
    whoever finds the position at `since`.
    """

    def __init__(self, datastore: PostgresDatastore, *, tracking_table_name: str = TABLE) -> None:
        super().__init__(datastore, tracking_table_name=tracking_table_name)
        table = Identifier(datastore.schema, tracking_table_name)
        self._start = SQL(
            "INSERT INTO {} (application_name, notification_id) VALUES (%s, 0)"
            " ON CONFLICT (application_name) DO NOTHING"
        ).format(table)
        self._advance = SQL(
            "UPDATE {} SET notification_id = %(upto)s, updated_at = clock_timestamp(),"
            " rate = {} + (%(upto)s - %(since)s) / {}::float8"
            " WHERE application_name = %(reader)s AND notification_id = %(since)s"
        ).format(table, _FADED, RATE_SECONDS)
        self._jump = SQL(
            "UPDATE {} SET notification_id = %s WHERE application_name = %s AND notification_id = 0"
        ).format(table)
        self._rate = SQL("SELECT {} FROM {} WHERE application_name = %s").format(_FADED, table)
        self._get = SQL("SELECT notification_id FROM {} WHERE application_name = %s").format(table)
        self._freeze = self._get + SQL(" FOR UPDATE")
        self._touch = SQL(
            "UPDATE {} SET notification_id = notification_id WHERE application_name = %s"
        ).format(table)
        self._drop = SQL("DELETE FROM {} WHERE application_name = %s").format(table)

    def position(self, cursor: Cursor[TupleRow], reader: str) -> int:
        """The position of the last event that the reader has handled, 0 for none yet."""
        cursor.execute(self._get, (reader,))
        row = cursor.fetchone()
        return int(row[0]) if row else 0

    def start(self, cursor: Cursor[TupleRow], reader: str) -> int:
        """Make sure that the reader has a position, and return it."""
        cursor.execute(self._start, (reader,))
        return self.position(cursor, reader)

    def advance(self, cursor: Cursor[TupleRow], reader: str, *, since: int, upto: int) -> None:
        """Take the events in (since, upto] for the reader, in the cursor's transaction.

        Raises PositionMoved unless the position is exactly `since`.
        """
        cursor.execute(self._advance, {"upto": upto, "reader": reader, "since": since})
        if cursor.rowcount != 1:
            raise PositionMoved(f"{reader}: the position is not {since} any more")

    def jump(self, cursor: Cursor[TupleRow], reader: str, *, upto: int) -> None:
        """Put a new reader, which has read nothing yet, to a position."""
        cursor.execute(self._jump, (upto, reader))

    def rate(self, cursor: Cursor[TupleRow], reader: str) -> float:
        """How many events a second the reader has handled, the last half minute weighing most."""
        cursor.execute(self._rate, (reader,))
        row = cursor.fetchone()
        return float(row[0]) if row else 0.0

    def freeze(self, cursor: Cursor[TupleRow], reader: str) -> None:
        """Keep the reader where it is until the cursor's transaction ends."""
        cursor.execute(self._freeze, (reader,))

    def fence(self, cursor: Cursor[TupleRow], reader: str) -> None:
        """Freeze the reader, and make it begin again what it does from an older snapshot."""
        cursor.execute(self._touch, (reader,))

    def forget(self, cursor: Cursor[TupleRow], reader: str) -> None:
        """Remove the reader's position."""
        cursor.execute(self._drop, (reader,))
