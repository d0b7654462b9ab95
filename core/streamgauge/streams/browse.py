"""Pages through a log for a person or a script, oldest or newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge.archive.record import Stub, read_stub
from streamgauge.json_codec import Raw
from streamgauge.postgres.connection import SCHEMA
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import TABLE as CLOUDEVENTS
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge.timestamps import format_rfc3339

LONGEST_PAGE = 1000
_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """Events ready to be written as JSON, and where the next page starts; None at the end."""

    items: list[dict[str, Any]]
    next_cursor: int | None


def browse(
    database: Database,
    table: str,
    *,
    cursor: int | None,
    limit: int,
    newest_first: bool,
    tenant: str = DEFAULT_TENANT,
) -> Page:
    """Up to `limit` events beyond the position `cursor`, in either direction.

    A page ends early, after at least one event, where its events come to 16 MiB.
    """
    with database.transaction() as db:
        rows = _rows(db, table, cursor, limit + 1, newest_first, tenant)
    more = len(rows) > limit
    items: list[dict[str, Any]] = []
    size = 0
    for position, key, recorded_at, state, stub in rows[:limit]:
        size += len(state)
        if items and size > _MOST_BYTES:
            more = True
            break
        items.append(
            {
                "position": position,
                "id": str(key),
                "recorded_at": format_rfc3339(recorded_at),
                **_event(state, stub),
            }
        )
    return Page(items, int(items[-1]["position"]) if more else None)


def _event(state: bytes, stub: str | None) -> dict[str, Any]:
    """The event, or that it is archived, and where."""
    if stub is None:
        return {"event": Raw(state)}
    return {"event": None, "archived": read_stub(stub).as_json()}


def _rows(
    db: Cursor[TupleRow],
    table: str,
    cursor: int | None,
    limit: int,
    newest_first: bool,
    tenant: str,
) -> list[TupleRow]:
    beyond = SQL(" AND notification_id {} %(cursor)s").format(SQL("<" if newest_first else ">"))
    db.execute(
        SQL(
            "SELECT notification_id, originator_id, recorded_at, state, {} FROM {}"
            " WHERE tenant = %(tenant)s{}"
            " ORDER BY notification_id {} LIMIT %(limit)s"
        ).format(
            SQL("archived::text" if table == CLOUDEVENTS else "NULL"),
            Identifier(SCHEMA, table),
            beyond if cursor is not None else SQL(""),
            SQL("DESC" if newest_first else "ASC"),
        ),
        {"tenant": tenant, "cursor": cursor, "limit": limit},
        binary=True,
    )
    return db.fetchall()


def event_at(db: Cursor[TupleRow], table: str, position: int) -> bytes | None:
    """The event at a position as it is recorded; None where there is none, and where it is archived
    (`stubs_at` says where)."""
    db.execute(
        SQL("SELECT state FROM {} WHERE notification_id = %s").format(Identifier(SCHEMA, table)),
        (position,),
        binary=True,
    )
    row = db.fetchone()
    return bytes(row[0]) or None if row else None


def stubs_at(db: Cursor[TupleRow], table: str, positions: Sequence[int]) -> dict[int, Stub]:
    """What is known of those of the events at these positions whose payloads are archived."""
    if table != CLOUDEVENTS or not positions:
        return {}
    db.execute(
        "SELECT notification_id, archived::text FROM cloudevents_events"
        " WHERE notification_id = ANY(%s) AND archived IS NOT NULL",
        (list(positions),),
        prepare=False,
    )
    return {position: read_stub(text) for position, text in db.fetchall()}
