"""What Postgres knows of the stages, dead letters and sources, as values of metrics."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import require_current
from streamgauge.processors import sources
from streamgauge.processors.sources import OTHERS, Heard
from streamgauge.replay.chain import Stages
from streamgauge.replay.status import StageStatus, status
from streamgauge.routing.handlers import shown
from streamgauge_http.telemetry import described
from streamgauge_http.telemetry.counting import Labels, Values
from streamgauge_http.telemetry.described import Described

MOST_SOURCES = 100
"""So many are named; the rest is one."""


def read(database: Database, stages: Stages) -> Values:
    """All of it, as of one instant. Raises DatabaseUnavailable, and SchemaError."""
    found: Values = {}
    with database.snapshot() as cursor:
        require_current(cursor)
        for item in status(cursor, stages):
            _stage(found, item)
        _dead_letters(found, cursor)
        _sources(found, sources.listed(cursor))
    return found


def _stage(found: Values, item: StageStatus) -> None:
    values: dict[Described, float] = {
        described.POSITION: item.position,
        described.HEAD: item.head,
        described.LAG: item.lag,
        described.LAG_SECONDS: item.lag_seconds,
        described.RATE: item.rate,
        described.BLOCKED: item.blocked is not None,
        described.HELD: item.holder is not None,
        described.DUE: item.replay_due is not None,
        described.REPLAYING: bool(item.replay and item.replay["state"] == "running"),
    }
    for metric, value in values.items():
        _put(found, metric, (item.name,), float(value))
    if item.reads == "cloudevents":
        _put(found, described.ROUTED, (), float(item.position))
    elif item.reads == "cdevents":
        _put(found, described.CDEVENTS, (), float(item.head))
    if item.holder is not None:
        _put(found, described.HOLDER, (item.name, item.holder), 1.0)
    replay = item.replay
    if replay and replay["state"] == "running" and replay["step"]:
        step = (item.name, replay["step"])
        _put(found, described.REPLAY_POSITION, step, float(replay["position"] or 0))
        _put(found, described.REPLAY_HEAD, step, float(replay["head"] or 0))


def _dead_letters(found: Values, cursor: Cursor[TupleRow]) -> None:
    # The states are written out, so that the index of those that are not done is used.
    cursor.execute(
        "select b.stage, d.handler, d.state, count(*) from dead_letters d"
        " join builds b on d.processor = b.stage || '@' || b.build and b.state = 'current'"
        " where d.state <> 'done' and d.state <> 'skipped' group by 1, 2, 3"
    )
    for stage, handler, state, count in cursor.fetchall():
        labels = (stage, shown(handler), state)
        _put(found, described.DEAD_LETTERS, labels, count + _got(found, labels))


def _got(found: Values, labels: Labels) -> float:
    return found.get(described.DEAD_LETTERS.name, {}).get(labels, 0.0)


def _sources(found: Values, listed: Sequence[Heard]) -> None:
    rest = listed[MOST_SOURCES:]
    for each in listed[:MOST_SOURCES]:
        _source(found, (each.tenant, each.source), each.events, each.last_at.timestamp())
    if rest:
        last = max(each.last_at for each in rest).timestamp()
        _source(found, ("", OTHERS), sum(each.events for each in rest), last)


def _source(found: Values, labels: Labels, events: int, last: float) -> None:
    _put(found, described.SOURCE_EVENTS, labels, events)
    _put(found, described.SOURCE_LAST, labels, last)


def _put(found: Values, metric: Described, labels: Labels, value: float) -> None:
    found.setdefault(metric.name, {})[labels] = value
