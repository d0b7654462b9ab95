"""What differs between two builds of the log of CDEvents."""

from __future__ import annotations

from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from streamgauge import json_codec
from streamgauge.postgres.connection import SCHEMA
from streamgauge.streams.cdevents_log import TABLE

_EXAMPLES = 20

_JOINED = """
select coalesce(b.topic, a.topic) as topic,
       case when a.originator_id is null then 'added'
            when b.originator_id is null then 'removed'
            when a.topic = b.topic and a.state = b.state then 'same'
            else 'different' end as what,
       coalesce(b.transformer, a.transformer) as transformer,
       coalesce(b.state, a.state) as state, coalesce(b.cause, a.cause) as cause
from {before} a full join {after} b
    on a.tenant = b.tenant and a.originator_id = b.originator_id
    and a.originator_version = b.originator_version
"""


def diff(cursor: Cursor[TupleRow], before: int, after: int) -> dict[str, Any]:
    """How many events were added, removed, are different or the same; by type, with examples.

    Events are the same event if they have the same source and id.
    """
    joined = SQL(_JOINED).format(before=_table(before), after=_table(after))
    cursor.execute(
        SQL("select topic, what, count(*) from ({}) j group by 1, 2 order by 1, 2").format(joined)
    )
    totals = dict.fromkeys(("added", "removed", "different", "same"), 0)
    types: dict[str, dict[str, int]] = {}
    for topic, what, count in cursor.fetchall():
        totals[what] += count
        if what != "same":
            types.setdefault(topic, {})[what] = count
    return {**totals, "types": types, "examples": _examples(cursor, joined)}


def _examples(cursor: Cursor[TupleRow], joined: Composed) -> list[dict[str, Any]]:
    cursor.execute(
        SQL(
            "select what, topic, transformer, cause, state from ({}) j where what <> 'same'"
            " order by cause, topic limit %s"
        ).format(joined),
        (_EXAMPLES,),
        binary=True,
    )
    found = []
    for what, topic, transformer, cause, state in cursor.fetchall():
        context = json_codec.decode(bytes(state))["context"]
        found.append(
            {
                "what": what,
                "type": topic,
                "source": context["source"],
                "id": context["id"],
                "transformer": transformer,
                "cloudevent": cause,
            }
        )
    return found


def _table(build: int) -> Identifier:
    return Identifier(SCHEMA, f"{TABLE}__{build}")
