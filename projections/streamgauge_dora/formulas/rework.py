"""Deployment rework rate: how many deployments were made because of a failure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from psycopg.sql import SQL

from streamgauge_dora.asking.formula import Formula, Period, Undefined, Value
from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.failures.deployed import Deployed, Key, columns
from streamgauge_dora.failures.incidents import load
from streamgauge_dora.failures.ladder import Stated, blame
from streamgauge_dora.failures.remedies import remedies
from streamgauge_dora.formulas import deployments
from streamgauge_dora.formulas.shares import PART, Share, share

# The last deployment of the service that failed, in that environment, while the incident was open.
_ENDED: Final = """
select i.incident, {columns}
from unnest(%(owners)s::text[], %(incidents)s::text[], %(failed)s::uuid[],
            %(detected)s::timestamptz[], %(resolved)s::timestamptz[])
    as i (tenant, incident, failed, detected_at, resolved_at)
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

Made = Mapping[Key, tuple[Deployed, list[dict[str, Any]]]]
"""Deployment -> it, and why it was made."""


class Rework(Share):
    """Deployments that mend or undo another one, or ended an incident, through all."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """All deployments, then the rework."""
        yield from deployments.load(scope)
        made = rework(scope, scope.section.told.get("rules", ()))
        places = deployments.places(scope, made)
        for deployment, reasons in sorted(
            made.values(), key=lambda each: (each[0].finished_at, each[0].deployment_id)
        ):
            if (where := places.get(deployment.key)) is not None:
                yield from scope.item(
                    *where,
                    _told(deployment, reasons) if scope.detailed else None,
                    mark=PART,
                    thing=str(deployment.key),
                    parts=[reason["rule"] for reason in reasons],
                )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """With how often each rule found one."""
        rules: Counter[str] = Counter()
        for item in items:
            if item.mark == PART:
                rules.update(set(item.parts))
        return share(items, section, "rework", rules=dict(sorted(rules.items())))


def rework(scope: Scope, rules: Sequence[str]) -> Made:
    """The deployments that were made because of a failure."""
    found: dict[Key, tuple[Deployed, list[dict[str, Any]]]] = {}
    reasons: dict[Key, list[dict[str, Any]]] = defaultdict(list)

    def add(deployment: Deployed, **reason: Any) -> None:
        reasons[deployment.key].append(reason)
        found[deployment.key] = (deployment, reasons[deployment.key])

    incidents = [incident for incident in load(scope) if not incident.retracted]
    if "given" in rules:
        stated = Stated(scope, "fix", [incident.id for incident in incidents])
        for incident in incidents:
            for by_hand in (True, False):
                for deployment in stated.linked(incident, corrected=by_hand):
                    add(deployment, rule="given", incident=incident.id)
    for remedy in remedies(scope, rules):
        add(
            remedy.deployment,
            rule=remedy.rule,
            failed=remedy.failed and str(remedy.failed.deployment_id),
            change=remedy.change,
        )
    if "incident" in rules:
        blamed = [each for each in blame(scope, incidents) if each.incident.resolved_at is not None]
        statement = SQL(_ENDED).format(columns=SQL(columns("d")), **scope.tables)
        for incident_id, *row in scope.fetch(
            statement,
            owners=[each.incident.tenant for each in blamed],
            incidents=[each.incident.id for each in blamed],
            failed=[each.deployment.deployment_id for each in blamed],
            detected=[each.incident.detected_at for each in blamed],
            resolved=[each.incident.resolved_at for each in blamed],
        ):
            add(Deployed._make(row), rule="incident", incident=incident_id)
    return found


def _told(deployment: Deployed, reasons: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "deployment": deployment.deployment_id,
        "service": deployment.service,
        "environment": deployment.environment,
        "finished_at": deployment.finished_at,
        "kind": deployment.kind,
        "repository": deployment.repository,
        "reasons": reasons,
    }


FORMULAS: Final[Mapping[str, Formula]] = {"rework": Rework(), "none": Undefined()}
