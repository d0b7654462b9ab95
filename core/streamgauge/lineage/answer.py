"""The events behind an id, each with what made it, as one document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge import json_codec
from streamgauge.archive.record import Stub, read_stub
from streamgauge.cdevents import CDEvent
from streamgauge.errors import DatabaseUnavailable
from streamgauge.json_codec import Raw
from streamgauge.lineage.search import CLOUDEVENTS, Current, Found, search
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import DeadLetter
from streamgauge.routing.router import NAME as CDEVENTS
from streamgauge.streams import causes
from streamgauge.streams.causes import Cause, Made
from streamgauge.streams.positions import Positions
from streamgauge.timestamps import format_rfc3339, parse_rfc3339

MOST_EVENTS = 1000
MOST_BYTES = 16 * 1024 * 1024
_TRIES = 5


def lineage(database: Database, plugins: Plugins, tenant: str, id: str) -> dict[str, Any]:  # noqa: A002
    """What the thing or the event with this id is made of, ready to be written as JSON.

    `id` is a CloudEvent's or a CDEvent's key, a UUID, or whatever a projection calls a thing.
    `what` names the logs and projections that know it. `events` are its CDEvents, by time and key,
    each with what made it of which CloudEvent; a CloudEvent that gave none is the last, with the
    reason. `dead_letters` are those of these events. `left_out` says which projections could not
    be asked, and why. Where there are more events than MOST_EVENTS, or than fit into MOST_BYTES,
    those that were recorded first are here, and `truncated` is true.

    Raises UnknownId.
    """
    for _ in range(_TRIES):
        try:
            with database.snapshot() as cursor:
                current = Current(cursor, plugins.projections)
                found = search(cursor, plugins.projections, current, tenant, id)
                routed = Positions(database.datastore).position(cursor, current.router.reader)
                return {"id": id, **_answer(cursor, current, tenant, found, routed)}
        except psycopg.errors.UndefinedTable:
            continue  # a replay has dropped a build between two queries; ask the new one
    raise DatabaseUnavailable("the tables are being replaced; try again")


def _answer(
    cursor: Cursor[TupleRow], current: Current, tenant: str, found: Found, routed: int
) -> dict[str, Any]:
    """`routed` is the position up to which the router has come."""
    made, truncated = causes.made(
        cursor, current.log, tenant, found.keys, limit=MOST_EVENTS, max_bytes=MOST_BYTES
    )
    letters = _dead_letters(cursor, current, tenant, made, found.raw)
    events = sorted(map(_event, made), key=_time_and_id)
    if found.raw is not None and found.barren:
        events.append(_barren(found.raw, letters, routed))
    return {
        "what": found.what,
        "events": events,
        "dead_letters": letters,
        "left_out": found.left_out,
        "truncated": truncated,
    }


def _dead_letters(
    cursor: Cursor[TupleRow],
    current: Current,
    tenant: str,
    made: Sequence[Made],
    raw: Cause | None,
) -> list[dict[str, Any]]:
    """Of the CloudEvents those of the router, of the CDEvents those of the projections."""
    taken = {cause.position for cause in (raw, *(one.cause for one in made)) if cause}
    asked = [(CLOUDEVENTS, current.router, sorted(taken))]
    asked += [(CDEVENTS, build, [one.position for one in made]) for build in current.read_the_log()]
    return [
        _letter(log, letter)
        for log, build, positions in asked
        for letter in dead_letters.of_events(cursor, tenant, build.reader, positions)
    ]


def _letter(log: str, letter: DeadLetter) -> dict[str, Any]:
    """Without the id that it is retried by, which is another one in every build."""
    return {
        "log": log,
        "position": letter.position,
        "handler": letter.handler,
        "handler_version": letter.handler_version,
        "state": letter.state,
        "reason": letter.reason,
    }


def _event(made: Made) -> dict[str, Any]:
    event = CDEvent(json_codec.decode(made.state))
    return {
        "cdevent": {
            "id": str(made.key),
            "source": event.source,
            "event_id": event.id,
            "type": event.type,
            "subject": event.subject_id,
            "timestamp": format_rfc3339(event.timestamp),
            "position": made.position,
            "document": Raw(made.state),
        },
        "transformer": made.transformer,
        "cloudevent": None if made.cause is None else _cloudevent(made.cause),
    }


def _cloudevent(cause: Cause) -> dict[str, Any]:
    if cause.stub is not None:
        return _archived(cause, read_stub(cause.stub))
    members = json_codec.split_object(cause.state)
    time = json_codec.decode(members["time"]) if "time" in members else None
    return {
        "id": str(cause.key),
        "source": json_codec.decode(members["source"]),
        "event_id": json_codec.decode(members["id"]),
        "type": json_codec.decode(members["type"]),
        "time": None if time is None else format_rfc3339(parse_rfc3339(time)),
        "position": cause.position,
        "recorded_at": format_rfc3339(cause.recorded_at),
        "document": Raw(cause.state),
    }


def _archived(cause: Cause, stub: Stub) -> dict[str, Any]:
    """What the log still knows of an event whose document is in a file."""
    return {
        "id": str(cause.key),
        "source": stub.source,
        "event_id": stub.id,
        "type": cause.type,
        "time": None,
        "position": cause.position,
        "recorded_at": format_rfc3339(cause.recorded_at),
        "document": None,
        "archived": stub.as_json(),
    }


def _barren(raw: Cause, letters: Sequence[dict[str, Any]], routed: int) -> dict[str, Any]:
    """A CloudEvent of which no CDEvent is in the log, and why that is so."""
    if raw.position > routed:
        reason = "the router has not come to it yet"
    elif any(
        letter["log"] == CLOUDEVENTS and letter["position"] == raw.position for letter in letters
    ):
        reason = "what was to make a CDEvent of it has failed: see dead_letters"
    else:
        reason = "no transformer makes a CDEvent of it that was not in the log already"
    return {
        "cdevent": None,
        "transformer": None,
        "cloudevent": _cloudevent(raw),
        "reason": reason,
    }


def _time_and_id(event: dict[str, Any]) -> tuple[datetime, str]:
    return parse_rfc3339(event["cdevent"]["timestamp"]), event["cdevent"]["id"]
