"""A batch of events into a projection's tables, without those that cannot be folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.cdevents import kind_of
from streamgauge.cdevents.vocabulary import CUSTOM_PREFIX, VERSIONS
from streamgauge.containment import is_ctrl_c
from streamgauge.errors import describe
from streamgauge.postgres.database import is_outage
from streamgauge.processors.dead_letters import Failure, Stopped
from streamgauge.projections.projection import Projection, Tables
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge.streams.recorder import RecordedRow, ScannedRow


def topics_of(projection: Projection) -> tuple[list[str], list[str]]:
    """The types of the events that the projection folds, and what custom ones start with, whose
    versions are their authors'."""
    kinds = sorted(projection.event_kinds)
    known = [event_type.name for kind in kinds for event_type in VERSIONS.get(kind, ())]
    return known, [f"{kind}." for kind in kinds if kind.startswith(CUSTOM_PREFIX)]


def wanted(
    projection: Projection, rows: Iterable[RecordedRow | ScannedRow]
) -> list[RecordedCDEvent]:
    """Those events of a page that the projection folds; only they are ever decoded."""
    kinds = projection.event_kinds
    return [
        RecordedCDEvent(position, tenant, kind, state, key_bytes)
        for position, tenant, topic, state, _, key_bytes in rows
        if (kind := kind_of(topic)) in kinds and kind is not None
    ]


def apply(
    cursor: Cursor[TupleRow],
    projection: Projection,
    tables: Tables,
    events: Sequence[RecordedCDEvent],
    *,
    stop: bool,
) -> list[Failure]:
    """Apply the events, and return what could not be; where `stop` says so, raise Stopped instead.

    An error of the connection or the server is no event's fault, and is raised as it is.
    """
    failures: list[Failure] = []
    if events:
        _halve(cursor, projection, tables, events, failures)
    if failures and stop:
        raise Stopped(failures[0])
    return failures


def _halve(
    cursor: Cursor[TupleRow],
    projection: Projection,
    tables: Tables,
    events: Sequence[RecordedCDEvent],
    failures: list[Failure],
) -> None:
    """Apply the events; where that fails, each half by itself, down to the culprit."""
    try:
        with cursor.connection.transaction():  # a savepoint
            projection.apply(cursor, tables, events)
    except BaseException as error:  # a plugin's SystemExit ends no processor
        if is_ctrl_c(error) or is_outage(error):
            raise  # the transaction is lost, and no event is to be parked for it
        if len(events) == 1:
            failures.append(_failure(projection, events[0], error))
            return
        middle = len(events) // 2
        _halve(cursor, projection, tables, events[:middle], failures)
        _halve(cursor, projection, tables, events[middle:], failures)


def _failure(projection: Projection, recorded: RecordedCDEvent, error: BaseException) -> Failure:
    event = recorded.event.original
    return Failure(
        tenant=recorded.tenant,
        position=recorded.position,
        event_source=event.source,
        event_id=event.id,
        event_type=event.type,
        handler=projection.name,
        handler_version=str(projection.version),
        reason=describe(error),
    )
