"""How many rows the statements of a question handle, as Postgres counts them: no clock is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed

_EXPLAIN = SQL("explain (analyze, costs off, timing off, format json) ")


class Counting:
    """A cursor that has each statement explained as it runs, and adds up its rows."""

    def __init__(self, cursor: Cursor[TupleRow]) -> None:
        self._cursor = cursor
        self.rows = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    @property
    def cursor(self) -> Cursor[TupleRow]:
        """What takes the place of the cursor."""
        return cast("Cursor[TupleRow]", self)

    def execute(self, statement: SQL | Composed, values: Mapping[str, Any], **more: Any) -> None:
        self._cursor.execute(_EXPLAIN + statement, values, **more)
        ((((explained,),),),) = [self._cursor.fetchall()]
        self.rows += round(sum(_rows_of(node) for node in _nodes(explained["Plan"])))
        self._cursor.execute(statement, values, **more)


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _rows_of(node: Mapping[str, Any]) -> float:
    """What it gave and what it threw away, each time that it ran."""
    thrown_away = sum(count for name, count in node.items() if name.startswith("Rows Removed by "))
    return float(node["Actual Loops"] * (node["Actual Rows"] + thrown_away))
