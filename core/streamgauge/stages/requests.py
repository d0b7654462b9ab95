"""Replays that were asked for, are at work, or are done."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString

from psycopg import Cursor
from psycopg.rows import TupleRow, class_row
from psycopg.sql import SQL

from streamgauge import json_codec
from streamgauge.timestamps import format_rfc3339

CHANNEL = "streamgauge_replays"

Action = Literal["replay", "compare", "rollback"]
Asker = Literal["command", "api", "definition"]
State = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Replay:
    """One replay as it stands."""

    replay_id: int
    stage: str
    action: Action
    asked_by: Asker
    state: State
    step: str | None
    """The stage whose build is being filled."""
    position: int | None
    head: int | None
    result: Any
    error: str | None
    asked_at: datetime
    changed_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The fields, for an answer."""
        return {
            **asdict(self),
            "asked_at": format_rfc3339(self.asked_at),
            "changed_at": format_rfc3339(self.changed_at),
        }


_SELECT = SQL("select {} from replays").format(SQL(", ").join(map(SQL, Replay.__slots__)))


def ask(cursor: Cursor[TupleRow], stage: str, action: Action, asked_by: Asker) -> Replay:
    """Ask for a replay; the same, asked for or at work already, is that one.

    Where that is a command's, which may have been killed, a worker is to go on with it now.
    """
    found = _open(cursor, stage, action)
    if found is not None:
        if found.asked_by == "command" and asked_by != "command":
            cursor.execute(
                "update replays set asked_by = %s where replay_id = %s", (asked_by, found.replay_id)
            )
            cursor.execute(f"notify {CHANNEL}")
        return numbered(cursor, found.replay_id)
    cursor.execute(
        "insert into replays (stage, action, asked_by) values (%s, %s, %s) returning replay_id",
        (stage, action, asked_by),
    )
    row = cursor.fetchone()
    assert row is not None
    cursor.execute(f"notify {CHANNEL}")
    return numbered(cursor, row[0])


def _open(cursor: Cursor[TupleRow], stage: str, action: Action) -> Replay | None:
    """The one that is not over. Who asks waits for others who ask, until the transaction ends."""
    cursor.execute("lock table replays in share row exclusive mode")
    where = "where stage = %s and action = %s and state in ('queued', 'running')"
    found = _all(cursor, where, stage, action)
    return found[0] if found else None


def newest(cursor: Cursor[TupleRow], stage: str, asked_by: Asker | None = None) -> Replay | None:
    """The last replay of the stage; of those that one kind has asked for, if it is given."""
    where = "where stage = %s and (%s::text is null or asked_by = %s)"
    last = " order by replay_id desc limit 1"
    found = _all(cursor, where + last, stage, asked_by, asked_by)
    return found[0] if found else None


def waiting(cursor: Cursor[TupleRow]) -> list[Replay]:
    """Those that a worker is to do, also those that a killed one has left; the oldest first.

    What was asked for by a command is that command's own.
    """
    return _all(
        cursor,
        "where state in ('queued', 'running') and asked_by <> %s order by replay_id",
        "command",
    )


def at_work(cursor: Cursor[TupleRow]) -> Replay | None:
    """The replay that was begun last and is not over."""
    found = _all(cursor, "where state = 'running' order by changed_at desc limit 1")
    return found[0] if found else None


def numbered(cursor: Cursor[TupleRow], replay_id: int) -> Replay:
    """The replay with this number."""
    return _all(cursor, "where replay_id = %s", replay_id)[0]


def started(cursor: Cursor[TupleRow], replay: Replay) -> None:
    """Note that somebody is at work on it."""
    cursor.execute(
        "update replays set state = 'running', step = null, position = null,"
        " head = null, changed_at = clock_timestamp() where replay_id = %s",
        (replay.replay_id,),
    )


def moved(cursor: Cursor[TupleRow], replay: Replay, step: str, position: int, head: int) -> None:
    """Note how far it is."""
    cursor.execute(
        "update replays set step = %s, position = %s, head = %s, changed_at = clock_timestamp()"
        " where replay_id = %s",
        (step, position, head, replay.replay_id),
    )


def finished(cursor: Cursor[TupleRow], replay: Replay, result: Any) -> None:
    """Note what it did."""
    cursor.execute(
        "update replays set state = 'done', result = %s, changed_at = clock_timestamp()"
        " where replay_id = %s",
        (json_codec.encode(result).decode(), replay.replay_id),
    )


def failed(cursor: Cursor[TupleRow], replay: Replay, error: str) -> None:
    """Note why it was not done."""
    cursor.execute(
        "update replays set state = 'failed', error = %s, changed_at = clock_timestamp()"
        " where replay_id = %s and state in ('queued', 'running')",
        (error, replay.replay_id),
    )


def _all(cursor: Cursor[TupleRow], where: LiteralString, *parameters: object) -> list[Replay]:
    replays = cursor.connection.cursor(row_factory=class_row(Replay))
    replays.execute(_SELECT + SQL(" ") + SQL(where), parameters)
    return replays.fetchall()
