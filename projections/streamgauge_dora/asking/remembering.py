"""What a question reads, as far as it is not remembered."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from psycopg.sql import Composed

from streamgauge_dora.asking.days import Days, Row, cut, split
from streamgauge_dora.asking.items import CURRENT, PREVIOUS
from streamgauge_dora.asking.memory import LONGEST, Memory, Shelf
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.linking.moves import Moved
from streamgauge_dora.linking.moves import moved as read_moved

S = TypeVar("S", bound=Shelf)


def rows_by_day(scope: Scope, statement: Composed) -> list[Row]:
    """The rows of a statement whose first columns are `span` and `day` and that is of `where`, in
    no order; lists of amounts in theirs. What is known of days that are over is not read again."""
    query = scope.query
    too_long = query.end - scope.since > LONGEST
    if scope.memory is None or scope.detailed or too_long:
        return scope.fetch(statement)
    now = datetime.now(UTC)
    spans = {
        PREVIOUS: split(cut(scope.since, query.start, query.tz), now),
        CURRENT: split(cut(query.start, query.end, query.tz), now),
    }
    key = (statement.as_string(scope.cursor), lasting(scope))
    with shelf_of(scope, scope.memory, key, Days) as shelf:
        found = shelf.rows(spans, partial(_between, scope, statement))
        if shelf.weight > scope.memory.most // 2:
            shelf.forget(None)
    return found


def lasting(scope: Scope) -> str:
    """The values of its statements that do not change with time."""
    passing = ("since", "start", "end", "as_of")
    return repr(sorted(item for item in scope.values.items() if item[0] not in passing))


@contextmanager
def shelf_of(scope: Scope, memory: Memory, key: Hashable, kind: Callable[[], S]) -> Iterator[S]:
    """What is remembered under the key, brought to the moment of the scope."""
    shelf = memory.shelf((kind, key), kind)
    with shelf.at(partial(_moved, scope)) as is_remembered:
        yield shelf
        if not is_remembered:
            shelf.forget(None)
    memory.tidy()


def _moved(scope: Scope, mark: UUID | None) -> Moved:
    if mark not in scope.moves:
        scope.moves[mark] = read_moved(scope.cursor, scope.tables, mark)
    return scope.moves[mark]


def _between(scope: Scope, statement: Composed, start: datetime, end: datetime) -> list[Row]:
    values = {**scope.values, "since": start, "end": end}
    scope.cursor.execute(statement, values, prepare=False, binary=True)
    return scope.cursor.fetchall()
