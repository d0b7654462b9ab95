"""The spans of a page of CDEvents that is folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge.postgres.connection import SCHEMA
from streamgauge.streams.cloudevents_log import TABLE as CLOUDEVENTS
from streamgauge.traces import process
from streamgauge.traces.context import Context, context_of

MOST = 128
"""So many traces of a page get a span of it: as many links as a span has by default."""

# What has no such member stays in Postgres: an event may be large, and a page has thousands.
_CAUSES = """
SELECT DISTINCT e.notification_id, e.state FROM {log} c
JOIN {cloudevents} e ON e.notification_id = c.cause
WHERE c.notification_id > %s AND c.notification_id <= %s
  AND position('"traceparent"'::bytea IN e.state) > 0
ORDER BY e.notification_id LIMIT %s
"""


@contextmanager
def folding(
    cursor: Cursor[TupleRow], stage: str, log: Identifier, since: int, upto: int
) -> Iterator[None]:
    """The block folds the events since < position <= upto of the log into the stage.

    Its span is linked to the traces that these events belong to, and each of those has one of its
    own of the same time. Events of a replay are not told of again: a worker folds what is new.
    """
    if not process.are_on() or upto <= since:
        yield
        return
    contexts = _contexts(cursor, log, since, upto)
    name = f"fold {stage}"
    attributes: process.Attributes = {"streamgauge.stage": stage, "streamgauge.position": upto}
    with process.span(
        name, links=contexts, attributes={**attributes, "streamgauge.events": upto - since}
    ) as span:
        yield
        if span is not None:
            process.copies(name, span, contexts, attributes)


def _contexts(
    cursor: Cursor[TupleRow], log: Identifier, since: int, upto: int
) -> Sequence[Context]:
    cursor.execute(
        SQL(_CAUSES).format(log=log, cloudevents=Identifier(SCHEMA, CLOUDEVENTS)),
        (since, upto, MOST),
        binary=True,
        prepare=False,
    )
    found = {context_of(bytes(state)): None for _, state in cursor.fetchall()}
    return [each for each in found if each is not None and each.sampled]
