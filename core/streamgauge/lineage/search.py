"""Who knows an id, and which CDEvents it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import Identifier

from streamgauge.errors import UnknownId, describe
from streamgauge.postgres.connection import SCHEMA
from streamgauge.postgres.database import is_outage
from streamgauge.projections import Projection
from streamgauge.projections.facts import tables_of
from streamgauge.routing.router import NAME as CDEVENTS
from streamgauge.stages import builds
from streamgauge.stages.builds import Build
from streamgauge.streams import causes, cdevents_log
from streamgauge.streams.causes import Cause
from streamgauge.streams.cloudevents_log import read_identity

CLOUDEVENTS = "cloudevents"


class Current:
    """The builds that readers see, as of the cursor's snapshot."""

    def __init__(self, cursor: Cursor[TupleRow], projections: Mapping[str, Projection]) -> None:
        self.router = builds.current(cursor, CDEVENTS)
        self.log = Identifier(SCHEMA, f"{cdevents_log.TABLE}__{self.router.number}")
        self.facts = {name: builds.find(cursor, name, "current") for name in sorted(projections)}

    def read_the_log(self) -> list[Build]:
        """The facts that are made of this log; those that were left out of a replay are not."""
        return [
            build
            for build in self.facts.values()
            if build is not None and build.source_build == self.router.number
        ]


@dataclass(slots=True)
class Found:
    """What an id stands for."""

    what: list[str] = field(default_factory=list)
    """The logs and the projections that know it."""
    keys: set[UUID] = field(default_factory=set)
    """The CDEvents that it is, or is made of."""
    raw: Cause | None = None
    """The CloudEvent that it is."""
    barren: bool = False
    """Whether there is a CloudEvent of which no CDEvent is in the log."""
    left_out: dict[str, str] = field(default_factory=dict)
    """The projections that could not be asked, and why."""


def search(
    cursor: Cursor[TupleRow],
    projections: Mapping[str, Projection],
    current: Current,
    tenant: str,
    id: str,  # noqa: A002
) -> Found:
    """Look for the id everywhere. Raises UnknownId."""
    found = Found()
    key = read_identity(id)
    if key is not None:
        _look_into_the_logs(cursor, current, tenant, key, found)
    knowing = [projections[name] for name in current.facts if _knows_things(projections[name])]
    for projection in knowing if _can_be_kept(id) else ():
        _ask(cursor, current, projection, tenant, id, found)
    if not found.what:
        raise UnknownId(id, (projection.name for projection in knowing), found.left_out)
    return found


def _look_into_the_logs(
    cursor: Cursor[TupleRow], current: Current, tenant: str, key: UUID, found: Found
) -> None:
    """A CDEvent that was sent as one has the same key in both."""
    found.raw = causes.cloudevent(cursor, tenant, key)
    if found.raw is not None:
        found.what.append(CLOUDEVENTS)
        found.keys.update(causes.keys_made_of(cursor, current.log, tenant, found.raw.position))
        found.barren = not found.keys
    if causes.has(cursor, current.log, tenant, key):
        found.what.append(CDEVENTS)
        found.keys.add(key)


def _ask(
    cursor: Cursor[TupleRow],
    current: Current,
    projection: Projection,
    tenant: str,
    id: str,  # noqa: A002
    found: Found,
) -> None:
    """Add the events of the projection's thing. One that fails spoils no answer."""
    build = current.facts[projection.name]
    if build is None:
        found.left_out[projection.name] = "it has no tables yet; is a worker running?"
        return
    if build.version != projection.version or build not in current.read_the_log():
        found.left_out[projection.name] = "its tables wait for a replay"
        return
    try:
        with cursor.connection.transaction():  # a savepoint
            events = projection.events_of(cursor, tables_of(projection, build), tenant, id)
            keys = {UUID(bytes=key.bytes) for key in events}
    except Exception as error:
        if is_outage(error) or isinstance(error, psycopg.errors.UndefinedTable):
            raise
        found.left_out[projection.name] = describe(error)
        return
    if keys:
        found.what.append(projection.name)
        found.keys |= keys


def _knows_things(projection: Projection) -> bool:
    return type(projection).events_of is not Projection.events_of


def _can_be_kept(text: str) -> bool:
    """Whether Postgres can hold it: no thing has an id that it cannot."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
