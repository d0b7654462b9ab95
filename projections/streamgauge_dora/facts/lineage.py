"""Which CDEvents a deployment, a change or an incident is made of."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge.projections import Tables
from streamgauge.streams.cloudevents_log import read_identity
from streamgauge_dora.facts.reading import name, sha

_EVENTS: Final = """
select deployment_id from {deployments} where tenant = %(tenant)s and deployment_id = %(key)s
union select event_key from {change_events} where tenant = %(tenant)s and change_id = %(name)s
union select event_key from {incident_events} where tenant = %(tenant)s and incident_id = %(name)s
union select event_key from {commits}
where tenant = %(tenant)s and repository = %(repository)s and sha = %(sha)s
"""


def events_of(cursor: Cursor[TupleRow], tables: Tables, tenant: str, thing: str) -> list[UUID]:
    """The keys of the events of a deployment, whose id is its event's identity; of a change or an
    incident, by its subject; and of a commit without a change, `repository@sha`."""
    repository, _, commit = thing.rpartition("@")
    cursor.execute(
        SQL(_EVENTS).format(**tables),
        {
            "tenant": tenant,
            "key": read_identity(thing),
            "name": name(thing),
            "repository": repository,
            "sha": sha(commit),
        },
        prepare=False,
    )
    return [key for (key,) in cursor.fetchall()]
