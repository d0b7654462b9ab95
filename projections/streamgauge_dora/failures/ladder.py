"""From incidents to the deployments that they are due to: a ladder of rules, strongest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL, Composed

from streamgauge_dora.asking.scope import Columns, Scope
from streamgauge_dora.failures.deployed import Deployed, columns
from streamgauge_dora.failures.incidents import Incident
from streamgauge_dora.linking.statements import NAMED_DEPLOYMENT

CORRECTED: Final = "corrected"
_COLUMNS: Final = Columns(
    at="d.finished_at", tenant="d.tenant", service="d.service", environment="d.environment",
    repository="d.repository", production="d.production", position="d.position",
)  # fmt: skip

_STATED: Final = """
select g.thing, g.linked, g.corrected, {columns}
from {given_links} g
cross join lateral ({named_deployment}) d
where g.what = {what} and g.tenant = any(%(tenants)s) and g.thing = any(%(things)s) and {known}
order by g.corrected, g.at, g.event_key
"""

# Where an incident may come from: its environment, or one of the same tier, since many tools say no
# more than "production". The question does not matter: a link is the same for all of them.
_ALIKE: Final = """
case when i.environment is null then {counts}
     else d.environment = i.environment or {tier} = i.tier end
"""

# What each rule looks for; the first that it finds is due. `i` is an incident, `d` a deployment.
_RULES: Final[Mapping[str, str]] = {
    # The first deployment that has the commit.
    "root_cause": """
        i.root_cause is not null and d.deployment_id in (
            select c.deployment_id from {deployment_commits} c
            where c.sha >= i.root_cause and c.sha < i.root_cause || 'g' and c.tenant = i.tenant
            union all
            select l.deployment_id from {change_commits} c
            join {change_links} l on l.change_id = c.change_id and l.tenant = c.tenant
            where c.sha >= i.root_cause and c.sha < i.root_cause || 'g' and c.tenant = i.tenant
            union all
            select l.deployment_id from {commits} c
            join {change_links} l on l.change_id = c.repository || '@' || c.sha
                                 and l.tenant = c.tenant
            where c.sha >= i.root_cause and c.sha < i.root_cause || 'g' and c.tenant = i.tenant
        )
        order by (d.service = i.service) is true desc, d.finished_at, d.deployment_id""",
    "artifact": """
        d.artifact = i.artifact
        order by (d.service = i.service) is true desc, d.finished_at desc, d.deployment_id desc""",
    "service": """
        hashtextextended(d.service, 0) = hashtextextended(i.service, 0) and d.service = i.service
        and (%(gap)s::interval is null or d.finished_at >= i.detected_at - %(gap)s)
        order by d.environment is not distinct from i.environment desc,
                 d.finished_at desc, d.deployment_id desc""",
    "tenant": """
        (%(gap)s::interval is null or d.finished_at >= i.detected_at - %(gap)s)
        order by d.finished_at desc, d.deployment_id desc""",
}
_FIND: Final = """
select i.number, {columns}
from unnest(%(numbers)s::int[], %(owners)s::text[], %(services)s::text[],
            %(environments)s::text[], %(of_tiers)s::text[], %(artifacts)s::text[],
            %(causes)s::text[], %(detected)s::timestamptz[])
    as i (number, tenant, service, environment, tier, artifact, root_cause, detected_at)
cross join lateral (
    select d.* from {deployments} d
    where d.tenant = i.tenant and d.outcome = 'success' and {known} and {somewhere}
      and d.finished_at {before} i.detected_at and {rule}
    limit 1
) d
"""

# The last deployment of the service that failed, in that environment, while the incident was open.
_ENDED: Final = """
select i.number, {columns}
from unnest(%(owners)s::text[], %(numbers)s::int[], %(failed)s::uuid[],
            %(detected)s::timestamptz[], %(resolved)s::timestamptz[])
    as i (tenant, number, failed, detected_at, resolved_at)
join {deployments} f on f.deployment_id = i.failed and f.tenant = i.tenant
cross join lateral (
    select d.* from {deployments} d
    where hashtextextended(d.service, 0) = hashtextextended(f.service, 0) and d.service = f.service
      and d.environment is not distinct from f.environment and d.tenant = f.tenant
      and d.outcome = 'success' and d.finished_at > i.detected_at
      and d.finished_at <= i.resolved_at
    order by d.finished_at desc, d.deployment_id desc limit 1
) d
"""


class Blamed(NamedTuple):
    """An incident, and a deployment that it is due to."""

    incident: Incident
    deployment: Deployed
    rule: str


def blame(scope: Scope, incidents: Sequence[Incident]) -> list[Blamed]:
    """Each incident with its deployments: those of the first rule that finds any. What somebody
    corrected is stronger than all rules, whatever they are."""
    left = [incident for incident in incidents if incident.detected_at is not None]
    if not left:
        return []
    stated = Stated(scope, "incident", [incident.id for incident in left])
    found: list[Blamed] = []
    for rule in (CORRECTED, *scope.definition.rules):
        if rule in (CORRECTED, "given"):
            new = [
                Blamed(incident, deployment, rule)
                for incident in left
                for deployment in stated.linked(incident, corrected=rule == CORRECTED)
            ]
        elif rule in _RULES:
            new = [
                Blamed(incident, deployment, rule)
                for incident, deployment in _find(scope, rule, left)
                if not stated.denied(incident, deployment)
            ]
        else:
            continue  # it does not start from incidents
        found += new
        done = {(blamed.incident.tenant, blamed.incident.id) for blamed in new}
        left = [incident for incident in left if (incident.tenant, incident.id) not in done]
    return found


class Stated:
    """What events say of links between things and deployments."""

    def __init__(self, scope: Scope, what: str, things: Iterable[str]) -> None:
        statement = SQL(_STATED).format(
            what=what,
            known=SQL("true" if scope.query.as_of is None else "g.position <= %(as_of)s"),
            columns=SQL(columns("d")),
            named_deployment=SQL(NAMED_DEPLOYMENT).format(**scope.tables),
            **scope.tables,
        )
        self._links: dict[tuple[str, str], dict[UUID, tuple[bool, bool, Deployed]]] = defaultdict(
            dict
        )
        # The last one counts, and a correction is stronger than what a tool says.
        for thing, linked, corrected, *row in scope.fetch(statement, things=list(things)):
            deployment = Deployed._make(row)
            pair = self._links[(deployment.tenant, thing)]
            pair[deployment.deployment_id] = (linked, corrected, deployment)

    def linked(self, incident: Incident, *, corrected: bool) -> list[Deployed]:
        """The deployments that it is said to be due to, by somebody or by a tool."""
        pairs = self._links.get((incident.tenant, incident.id), {}).values()
        found = [d for linked, by_hand, d in pairs if linked and by_hand is corrected]
        return sorted(found, key=lambda d: (d.finished_at, d.deployment_id))

    def all_of(self, incident: Incident) -> list[Deployed]:
        """All of them, those first that somebody says."""
        found = (self.linked(incident, corrected=by_hand) for by_hand in (True, False))
        return [deployment for each in found for deployment in each]

    def denied(self, incident: Incident, deployment: Deployed) -> bool:
        """Whether somebody says that it is not due to that one."""
        pair = self._links.get((incident.tenant, incident.id), {}).get(deployment.deployment_id)
        return pair is not None and not pair[0]


def ended(scope: Scope, blamed: Sequence[Blamed]) -> list[tuple[Blamed, Deployed]]:
    """The deployments that ended incidents which are over, for each that one is due to."""
    if not blamed:
        return []
    statement = SQL(_ENDED).format(columns=SQL(columns("d")), **scope.tables)
    rows = scope.fetch(
        statement,
        numbers=list(range(len(blamed))),
        owners=[each.incident.tenant for each in blamed],
        failed=[each.deployment.deployment_id for each in blamed],
        detected=[each.incident.detected_at for each in blamed],
        resolved=[each.incident.resolved_at for each in blamed],
    )
    return [(blamed[number], Deployed._make(row)) for number, *row in rows]


def _find(
    scope: Scope, rule: str, incidents: Sequence[Incident]
) -> Iterable[tuple[Incident, Deployed]]:
    if not incidents:
        return []
    statement = SQL(_FIND).format(
        columns=SQL(columns("d")),
        known=SQL("true" if scope.query.as_of is None else "d.position <= %(as_of)s"),
        somewhere=_counts(scope) if rule == "tenant" else _alike(scope),
        before=SQL("<" if scope.section.flag("strictly_before") else "<="),
        rule=SQL(_RULES[rule]).format(**scope.tables),
        **scope.tables,
    )
    values: dict[str, Any] = {
        "numbers": list(range(len(incidents))),
        "owners": [incident.tenant for incident in incidents],
        "services": [incident.service for incident in incidents],
        "environments": [incident.environment for incident in incidents],
        "of_tiers": [_tier(scope, incident) for incident in incidents],
        "counted_tiers": list(scope.definition.tiers),
        "artifacts": [incident.artifact for incident in incidents],
        "causes": [incident.root_cause for incident in incidents],
        "detected": [incident.detected_at for incident in incidents],
        "gap": scope.definition.max_gap,
    }
    rows = scope.fetch(statement, **values)
    return [(incidents[number], Deployed._make(row)) for number, *row in rows]


def _counts(scope: Scope) -> Composed:
    """That a deployment is of a tier that counts by the definition."""
    if not scope.definition.tiers:
        return SQL("true").format()
    return SQL("{} = any(%(counted_tiers)s)").format(scope.dimension("tier", _COLUMNS))


def _alike(scope: Scope) -> Composed:
    return SQL(_ALIKE).format(counts=_counts(scope), tier=scope.dimension("tier", _COLUMNS))


def _tier(scope: Scope, incident: Incident) -> str | None:
    """The tier of its environment; what is of no known tier is like nothing else."""
    tier = scope.tier_of(incident.environment)
    return None if tier == "other" else tier
