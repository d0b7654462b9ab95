"""Judges what stands in the two logs in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Identifier

from streamgauge import cdevents
from streamgauge.errors import InvalidCDEvent
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import identity
from streamgauge_bench.fuzz import oracle

Row = tuple[int, UUID, str, bytes]
"""Position, key, type and the event."""

_PAGE = 2000


def rows(database: Database, table: str) -> Iterator[Row]:
    """Every row of a log in order, a page at a time."""
    after = 0
    query = SQL(
        "select notification_id, originator_id, topic, state from {}"
        " where notification_id > %s order by notification_id limit %s"
    ).format(Identifier(table))
    while True:
        with database.transaction() as cursor:
            cursor.execute(query, (after, _PAGE), binary=True)
            page = cursor.fetchall()
        if not page:
            return
        for position, key, topic, state in page:
            yield position, key, topic, bytes(state)
        after = page[-1][0]


def cloudevent_faults(row: Row, *, native: bool, strict: bool) -> Iterator[str]:
    """Why a row of the log of CloudEvents should not be there.

    `native` is one that came in as a CDEvent, `strict` whether no deviation was let through.
    """
    _, key, topic, state = row
    found = list(oracle.faults(state))
    yield from found
    if found:
        return
    event = oracle.decoded(state)
    if topic != event["type"]:
        yield f"the log says that its type is {topic!a}"
    if key != identity(event["source"], event["id"]):
        yield "the log has it under the key of another source and id"
    if native:
        try:
            yield from _native(event, strict)
        except (KeyError, TypeError, ValueError) as error:
            yield f"its data is not as a CDEvent's: {error!r}"


def cdevent_faults(row: Row) -> Iterator[str]:
    """Why a row of the log of CDEvents should not be there."""
    _, key, topic, state = row
    try:
        document = oracle.decoded(state)
        cdevents.validate(document)
    except (ValueError, InvalidCDEvent) as error:
        yield f"no CDEvent: {error}"
        return
    context = document["context"]
    if topic != context["type"] or key != identity(context["source"], context["id"]):
        yield "the log has it under another type, source or id"


def _native(event: dict[str, Any], strict: bool) -> Iterator[str]:
    data = oracle.data_of(event)
    noted = event.get("cdeventsdeviations")
    unread = noted is not None and any(
        d["rule"] == "version" for d in oracle.decoded(noted.encode())
    )
    if strict and noted is not None:
        yield "it deviates, which the mode strict does not allow"
    if not unread:
        try:
            cdevents.validate(data)
        except InvalidCDEvent as error:
            yield f"its data is no CDEvent: {error}"
            return
    context, subject = data["context"], data["subject"]
    same: dict[str, Callable[[], bool]] = {
        "id": lambda: event["id"] == context["id"],
        "source": lambda: event["source"] == context["source"],
        "type": lambda: event["type"] == context["type"],
        "subject": lambda: event.get("subject") == subject["id"],
        "time": lambda: oracle.instant(event["time"]) == oracle.instant(context["timestamp"]),
    }
    for name, holds in same.items():
        if not holds():
            yield f"its {name} is not that of its CDEvent"
