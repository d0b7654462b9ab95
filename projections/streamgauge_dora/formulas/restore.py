"""Time to restore services as fourkeys has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from psycopg.sql import SQL

from streamgauge_dora.asking.formula import Formula, Period, Value
from streamgauge_dora.asking.items import Item, only
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.asking.statistics import rounded
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.failures import incidents
from streamgauge_dora.formulas import recovery
from streamgauge_dora.formulas.durations import duration
from streamgauge_dora.linking.pushes import DEPLOYMENTS_OF_CAUSE

# What any event of an incident says, whatever the others say: it was one, it was over, it was due
# to a commit.
_TOLD: Final = """
with told as (
    select e.tenant, e.incident_id, bool_or(not e.retracted) as is_one,
           max(e.at) filter (where e.kind = 'resolved' and not e.retracted) as closed_at
    from {incident_events} e
    where e.tenant = any(%(tenants)s) and e.incident_id = any(%(incidents)s) and {known}
    group by e.tenant, e.incident_id
)
select t.*, (
    select min(d.finished_at) from {deployments} d
    where d.tenant = t.tenant and d.outcome = 'success' and d.deployment_id in (
        select o.deployment_id from {incident_events} e
        cross join lateral ({deployments_of_cause}) o
        where e.incident_id = t.incident_id and e.tenant = t.tenant and {known}
    )
)
from told t
"""


class _Told(NamedTuple):
    is_one: bool
    closed_at: datetime | None
    deployed_at: datetime | None


class RestoreTime(Formula):
    """Incidents from their detection, or from the first deployment of their cause where that is
    earlier, to the last time that they were closed, in whole hours; the median.

    One that was opened again is over nevertheless, and one that turned out to be none still is one.
    """

    def load(self, scope: Scope) -> Iterator[Item]:
        """The incidents that were detected."""
        found = incidents.load(scope)
        told = _told(scope, [incident.id for incident in found])
        for incident in found:
            is_one, closed, deployed = told[(incident.tenant, incident.id)]
            detected = incident.detected_at
            since = detected and min(detected, deployed or detected)
            yield from recovery.item(
                scope,
                incident,
                since,
                amounts=only(_hours(since, closed)),
                left_out=_why_not(is_one, since, closed),
            )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """Null where none is over."""
        return duration(items, section, recovery.NO_INCIDENT)


def _told(scope: Scope, ids: Sequence[str]) -> dict[tuple[str, str], _Told]:
    known = "true" if scope.query.as_of is None else "e.position <= %(as_of)s"
    tables = scope.tables
    statement = SQL(_TOLD).format(
        known=SQL(known),
        deployments_of_cause=SQL(DEPLOYMENTS_OF_CAUSE).format(**tables),
        **tables,
    )
    rows = scope.fetch(statement, incidents=list(ids))
    return {(tenant, incident): _Told(*rest) for tenant, incident, *rest in rows}


def _hours(since: datetime | None, closed: datetime | None) -> float | None:
    if since is None or closed is None:
        return None
    return rounded((closed - since).total_seconds(), "hours_down")


def _why_not(is_one: bool, since: datetime | None, closed: datetime | None) -> str | None:
    if not is_one:
        return "retracted"
    if since is None:
        return "never_detected"
    if closed is None:
        return "not_resolved"
    return "ends_before_it_begins" if closed < since else None
