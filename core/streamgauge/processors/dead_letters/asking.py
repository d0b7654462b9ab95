"""Dead letters as the API shows them: by pages, one by its id, and what is asked of it.

They are those of the builds that readers see and of those being made. What a build that was
replaced could not handle is nobody's any more, unless a rollback puts it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, get_args

from psycopg import Cursor
from psycopg.errors import LockNotAvailable, UndefinedTable
from psycopg.rows import TupleRow, class_row
from psycopg.sql import SQL

from streamgauge.errors import DatabaseUnavailable, InvalidQuery, UnknownName
from streamgauge.lists.query import ListQuery, Place
from streamgauge.postgres.database import Database
from streamgauge.processors.dead_letters.attending import check_open, with_event
from streamgauge.processors.dead_letters.letter import OPEN, SELECT, DeadLetter, Status
from streamgauge.streams.cloudevents_log import read_identity

FILTERS: Final[Mapping[str, Sequence[str]]] = {"state": get_args(Status), "stage": ()}
"""What a list of them can be filtered by, as a Listing's."""
Act = Callable[[Cursor[TupleRow], Sequence[DeadLetter]], None]

_TRIES = 5
# For as long as a function may take to answer, a letter that is being tried is locked.
_PATIENCE = "set local lock_timeout = '2s'"
_IN_USE = SQL(
    " WHERE tenant = %(tenant)s AND processor IN (SELECT stage || '@' || build FROM builds"
    " WHERE state IN ('current', 'building')"
    " AND (%(stages)s::text[] IS NULL OR stage = ANY(%(stages)s)))"
)
_PAGE = (
    SELECT
    + _IN_USE
    + SQL(
        " AND state = ANY(%(states)s::text[])"
        " AND (%(start)s::timestamptz IS NULL OR parked_at >= %(start)s)"
        " AND (%(end)s::timestamptz IS NULL OR parked_at < %(end)s)"
        " AND (%(at)s::timestamptz IS NULL OR (parked_at, dead_letter_id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY parked_at DESC, dead_letter_id DESC LIMIT %(limit)s"
    )
)
_ONE = SELECT + _IN_USE + SQL(" AND dead_letter_id = %(id)s")


class UnknownLetter(UnknownName):
    """An id that no dead letter of the tenant has."""

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__("dead letter", id[:80], ())
        self.args = (f"no dead letter has the id {id[:80]!r}; /v1/dead-letters lists them",)


def page(database: Database, query: ListQuery) -> tuple[list[DeadLetter], Place | None]:
    """Those that were parked last, and where the next page begins; None at the end.

    Without a `state` they are the open ones. Raises InvalidQuery for a cursor of something else.
    """
    with database.transaction() as cursor:
        letters = cursor.connection.cursor(row_factory=class_row(DeadLetter))
        letters.execute(_PAGE, _parameters(query), prepare=False)
        found = letters.fetchall()
    if len(found) <= query.limit:
        return found, None
    last = found[query.limit - 1]
    return found[: query.limit], Place(last.parked_at, str(last.dead_letter_id))


def _parameters(query: ListQuery) -> dict[str, Any]:
    after = query.after
    key = None if after is None else read_identity(after.id)
    if after is not None and key is None:
        raise InvalidQuery("is none that a page has named in `next`", where="cursor")
    return {
        "tenant": query.tenant,
        "stages": list(query.filters["stage"]) if "stage" in query.filters else None,
        "states": list(query.filters.get("state", OPEN)),
        "start": query.start,
        "end": query.end,
        "at": None if after is None else after.at,
        "id": key,
        "limit": query.limit + 1,
    }


def shown(database: Database, tenant: str, id: str) -> dict[str, Any]:  # noqa: A002
    """The dead letter, ready to be written as JSON, with its `event` as the log has it.

    Raises UnknownName.
    """
    for _ in range(_TRIES):
        try:
            with database.transaction() as cursor:
                letter = _one(cursor, tenant, id)
                return with_event(cursor, letter)
        except UndefinedTable:
            continue  # a replay has dropped a build between two queries
    raise DatabaseUnavailable("the tables are being replaced; try again")


def acted_upon(database: Database, tenant: str, id: str, act: Act) -> DeadLetter:  # noqa: A002
    """The dead letter as it stands after `act`, which is to retry or to skip it.

    Raises UnknownName, AlreadyHandled where it is done, and DatabaseUnavailable where it is being
    tried for longer than somebody waits.
    """
    try:
        with database.transaction() as cursor:
            cursor.execute(_PATIENCE)
            letter = _one(cursor, tenant, id, lock=True)
            check_open([letter])
            act(cursor, [letter])
            return _one(cursor, tenant, id)
    except DatabaseUnavailable as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise DatabaseUnavailable("the event is being tried just now; ask again") from error
        raise


def _one(cursor: Cursor[TupleRow], tenant: str, id: str, *, lock: bool = False) -> DeadLetter:  # noqa: A002
    key = read_identity(id)
    if key is None:
        raise UnknownLetter(id)
    letters = cursor.connection.cursor(row_factory=class_row(DeadLetter))
    found = letters.execute(
        _ONE + SQL(" FOR UPDATE" if lock else ""), {"tenant": tenant, "stages": None, "id": key}
    ).fetchone()
    if found is None:
        raise UnknownLetter(id)
    return found
