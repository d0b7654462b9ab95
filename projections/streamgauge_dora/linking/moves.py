"""How far back the links, and the facts that they are made of, have changed with each refresh.

Whoever remembers what was so before an instant need not read it again until something before that
instant has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge.projections import Changed, Tables

_KEPT: Final = 20_000
"""Moves that are told of; who has seen none of them remembers nothing."""

_EVER: Final = datetime.min.replace(tzinfo=UTC)
_ADD: Final = "insert into {moves} (mark, since) values (%s, %s)"
_PRUNE: Final = "delete from {moves} where number <= (select max(number) from {moves}) - %s"
# Each by the time that a question finds it by.
_FLOOR: Final = """
select least(
    (select min(finished_at) from {deployments}
     where position > %(since)s and position <= %(upto)s),
    (select min(finished_at) from {deployments} where deployment_id = any(%(deployments)s)),
    (select min(merged_at) from {changes} where change_id = any(%(changes)s)),
    (select min(deployed_at) from {change_links} where change_id = any(%(changes)s)),
    %(moment)s::timestamptz
)
"""
_SINCE: Final = """
select (select mark from {moves} order by number desc limit 1),
       exists (select from {moves} where mark = %(mark)s),
       (select min(since) from {moves}
        where number > (select number from {moves} where mark = %(mark)s))
"""


RETURNED: Final = {
    "changes": "change_id, merged_at, made::text",
    "change_commits": "change_id, null::timestamptz, sha, repository",
    "deployment_commits": "deployment_id, null::timestamptz, repository, sha, rule",
    "steps": "deployment_id, finished_at, made::text",
    "change_links": "change_id, deployed_at, made::text",
}
"""Of a row: what it is about, the moment that it is found by, and whatever else tells it."""


def returning(table: str) -> SQL:
    """The end of a statement that adds or deletes rows of the table, there called ``made``."""
    return SQL(f" returning {RETURNED[table]}")


class Differences:
    """Rows that were there before a refresh and are not after it, or the other way round."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[set[Any], set[Any]]] = defaultdict(lambda: (set(), set()))

    def gone(self, table: str, rows: Iterable[Any]) -> None:
        """Rows with the columns of `RETURNED` were deleted."""
        self._rows[table][0].update(rows)

    def come(self, table: str, rows: Iterable[Any]) -> None:
        """Such rows were added."""
        self._rows[table][1].update(rows)

    def subjects(self, *tables: str) -> list[Any]:
        """What the rows of these tables are about that are different."""
        return list({subject for table in tables for subject, *_ in self._different(table)})

    def earliest(self) -> datetime | None:
        """Of the moments of all rows that are different."""
        moments = (moment for table in self._rows for _, moment, *_ in self._different(table))
        return min((moment for moment in moments if moment is not None), default=None)

    def _different(self, table: str) -> set[Any]:
        before, after = self._rows[table]
        return before ^ after


class Moved(NamedTuple):
    """What has happened since somebody looked last."""

    mark: UUID | None
    """What to remember for the next time; None where nothing is there to be remembered."""
    since: datetime | None
    """What is older than this is as it was; None: nothing has changed."""
    is_known: bool
    """Whether that can be told at all."""


def begin(cursor: Cursor[TupleRow], tables: Tables) -> None:
    """Note that everything may be other than it was."""
    cursor.execute(SQL(_ADD).format(**tables), (uuid4(), _EVER))


def note(
    cursor: Cursor[TupleRow], tables: Tables, changed: Changed, differences: Differences
) -> None:
    """Note how far back the new facts have changed anything; nothing where they have not."""
    values = {
        "since": changed.since,
        "upto": changed.upto,
        "deployments": differences.subjects("deployment_commits"),
        "changes": differences.subjects("changes", "change_commits"),
        "moment": differences.earliest(),
    }
    cursor.execute(SQL(_FLOOR).format(**tables), values, prepare=False)
    ((since,),) = cursor.fetchall()
    if since is not None:
        cursor.execute(SQL(_ADD).format(**tables), (uuid4(), since))
        cursor.execute(SQL(_PRUNE).format(**tables), (_KEPT,))


def moved(cursor: Cursor[TupleRow], tables: Tables, mark: UUID | None) -> Moved:
    """What has changed since the mark was the newest."""
    cursor.execute(SQL(_SINCE).format(**tables), {"mark": mark})
    ((newest, is_known, since),) = cursor.fetchall()
    return Moved(newest, since, is_known)
