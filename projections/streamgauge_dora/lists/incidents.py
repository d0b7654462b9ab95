"""The list of incidents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from streamgauge.lists import Listing, ListQuery, Page, Place
from streamgauge.projections import Tables
from streamgauge_dora.failures.incidents import Event, Incident, fold
from streamgauge_dora.lists import paging

_DIMENSIONS: Final = ("service", "environment", "repository")

# The first event of each. Those that any event of theirs says the wanted of are read; whether the
# last word is the same shows when they are folded.
_FIRST: Final = """
select e.at, e.incident_id from {incident_events} e
where e.tenant = %(tenant)s and e.position <= %(as_of)s{beyond}
  and e.event_key = (
      select o.event_key from {incident_events} o
      where o.incident_id = e.incident_id and o.tenant = e.tenant and o.position <= %(as_of)s
      order by o.at, o.event_key limit 1
  ){filters}
{order}
"""
_SAID: Final = """(
    select true from {{incident_events}} o
    where o.incident_id = e.incident_id and o.tenant = e.tenant and o.{0} = any(%({0})s) limit 1
)"""
_EVENTS: Final = """
select {columns} from {incident_events}
where incident_id = any(%(ids)s) and tenant = %(tenant)s and position <= %(as_of)s
"""


class Incidents(Listing):
    """Each as all that was told of it says."""

    title = "incidents, the newest first"
    filters: Mapping[str, Sequence[str]] = dict.fromkeys(_DIMENSIONS, ())

    def page(self, cursor: Cursor[TupleRow], tables: Tables, query: ListQuery) -> Page:
        """By when they were first told of."""
        values = paging.values(query)
        said = {name: _SAID.format(name) for name in _DIMENSIONS}
        statement = SQL(_FIRST).format(
            beyond=paging.beyond(query, "e.at", "e.incident_id"),
            filters=paging.filtered(query, tables, said),
            order=paging.ordered("e.at", "e.incident_id"),
            **tables,
        )
        rows = cursor.execute(statement, values, prepare=False).fetchall()
        places = [Place(at, incident_id) for at, incident_id in rows]
        values["ids"] = [place.id for place in places[: query.limit]]
        found = _folded(cursor.execute(_events(tables), values, prepare=False))
        items = [
            _item(incident)
            for incident in map(found.__getitem__, values["ids"])
            if all(getattr(incident, name) in values[name] for name in query.filters)
        ]
        return paging.page(query, places, items)


def _events(tables: Tables) -> Composed:
    return SQL(_EVENTS).format(columns=SQL(", ").join(map(Identifier, Event._fields)), **tables)


def _folded(rows: Cursor[TupleRow]) -> Mapping[str, Incident]:
    told: dict[str, list[Event]] = defaultdict(list)
    for event in map(Event._make, rows.fetchall()):
        told[event.incident_id].append(event)
    return {key: fold(events) for key, events in told.items()}


def _item(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "title": incident.title,
        "service": incident.service,
        "environment": incident.environment,
        "repository": incident.repository,
        "detected_at": incident.detected_at,
        "resolved_at": incident.resolved_at,
        "reopened": incident.reopened,
        "retracted": incident.retracted,
    }
