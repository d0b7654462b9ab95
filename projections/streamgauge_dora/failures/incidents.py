"""Incidents, folded from the events of their lives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby, pairwise, takewhile
from typing import Any, Final, NamedTuple

from psycopg.sql import SQL

from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.linking.statements import NAMED_DEPLOYMENT

# All that was ever told of the incidents of which something was told since, and of those that
# somebody says have to do with a deployment since.
_EVENTS: Final = """
select e.tenant, e.incident_id, e.kind, e.at, e.service, e.environment, e.repository, e.artifact,
       e.root_cause, e.title, e.retracted
from {incident_events} e
where e.tenant = any(%(tenants)s) and {known} and {which}
order by e.tenant, e.incident_id, e.at, e.kind, e.event_key
"""
_SINCE: Final = """
e.incident_id in (
      select r.incident_id from {incident_events} r
      where r.tenant = any(%(tenants)s) and r.at >= %(since)s
      union all
      select g.thing from {given_links} g
      cross join lateral ({named_deployment}) d
      where g.tenant = any(%(tenants)s) and g.what in ('incident', 'fix')
        and d.finished_at >= %(since)s
)
"""


class Incident(NamedTuple):
    """Something that broke, and was mended."""

    tenant: str
    id: str
    detected_at: datetime | None
    """None where only its end was told."""
    resolved_at: datetime | None
    """None while it is open: a resolution that was followed by another detection does not count. Of
    several resolutions the first: it is closed, too, when it has been over for a while."""
    retracted: bool
    """It turned out to be none."""
    reopened: int
    """How often it was detected again after a resolution."""
    service: str | None
    environment: str | None
    repository: str | None
    artifact: str | None
    root_cause: str | None
    title: str | None


class Event(NamedTuple):
    """One event of an incident's life."""

    tenant: str
    incident_id: str
    kind: str
    at: datetime
    service: str | None
    environment: str | None
    repository: str | None
    artifact: str | None
    root_cause: str | None
    title: str | None
    retracted: bool


def load(scope: Scope, ids: Sequence[str] | None = None) -> list[Incident]:
    """The incidents of which anything was told since the scope begins; or those of these ids."""
    known = SQL("true" if scope.query.as_of is None else "e.position <= %(as_of)s")
    named_deployment = SQL(NAMED_DEPLOYMENT).format(**scope.tables)
    since = SQL(_SINCE).format(named_deployment=named_deployment, **scope.tables)
    which = since if ids is None else SQL("e.incident_id = any(%(ids)s)")
    statement = SQL(_EVENTS).format(known=known, which=which, **scope.tables)
    rows = scope.fetch(statement, ids=list(ids or ()))
    events = map(Event._make, rows)
    return [fold(told) for _, told in groupby(events, key=lambda e: (e.tenant, e.incident_id))]


def fold(events: Iterable[Event]) -> Incident:
    """The incident that the events tell of, whatever order they come in.

    Of events at one moment, a resolution is later than a detection.
    """
    told = sorted(events, key=_in_order)
    detected = [event.at for event in told if event.kind == "detected"]
    last = told[-1]
    ended = list(takewhile(lambda event: event.kind == "resolved", reversed(told)))
    latest = told[::-1]  # a root cause is known at the end, not at the start
    reopened = sum(
        before.kind == "resolved" and after.kind == "detected" for before, after in pairwise(told)
    )
    return Incident(
        tenant=last.tenant,
        id=last.incident_id,
        detected_at=min(detected, default=None),
        resolved_at=ended[-1].at if ended else None,
        retracted=last.kind == "resolved" and last.retracted,
        reopened=reopened,
        service=_last(event.service for event in latest),
        environment=_last(event.environment for event in latest),
        repository=_last(event.repository for event in latest),
        artifact=_last(event.artifact for event in latest),
        root_cause=_last(event.root_cause for event in latest),
        title=_last(event.title for event in latest),
    )


def _in_order(event: Event) -> Any:
    texts = tuple(text or "" for text in event[4:10])
    return (event.at, event.kind != "detected", event.retracted, texts)


def _last(said: Iterable[str | None]) -> str | None:
    return next((text for text in said if text is not None), None)
