"""Change fail rate: how many deployments needed intervention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from psycopg.sql import SQL

from streamgauge_dora.asking.formula import Formula, Period, Undefined, Value, nothing
from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.asking.statistics import mean
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.failures import attempts, incidents
from streamgauge_dora.failures.deployed import Deployed
from streamgauge_dora.failures.failing import failures
from streamgauge_dora.failures.few import few
from streamgauge_dora.failures.projects import placed, production_asked
from streamgauge_dora.failures.wrong import Known
from streamgauge_dora.formulas import deployments, recovery
from streamgauge_dora.formulas.shares import NONE, PART, Share, of, share
from streamgauge_dora.formulas.shipped import Images, quickest_of
from streamgauge_dora.linking.pushes import COMMITS_OF_PUSH

INCIDENT: Final = "incident"
_LINKED: Final = "linked incident"
_UNLINKED: Final = "incident without a deployment"


class FailedDeployments(Share):
    """Deployments that failed, through all."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """All deployments, then those that failed, then the incidents for the coverage."""
        for item in deployments.load(scope):
            # Where an attempt is a failed deployment, it is one of all deployments too.
            counts = item.left_out == attempts.RULE and attempts.RULE in scope.definition.rules
            yield item._replace(left_out=None) if counts else item
        yield from few(scope, "failed deployments", self._failed)

    def _failed(self, scope: Scope, wrong: Known) -> Iterator[Item]:
        found = failures(scope, wrong)
        places = deployments.places(scope, (each.deployment.key for each in found.failing))
        for failing in found.failing:
            if (where := places.get(failing.deployment.key)) is not None:
                causes = [cause.told() for cause in failing.causes]
                yield from scope.item(
                    *where,
                    recovery.told(failing) if scope.detailed else None,
                    mark=PART,
                    thing=str(failing.deployment.key),
                    parts=sorted({cause["rule"] for cause in causes}),
                    at=failing.deployment.finished_at,
                    of=failing.deployment.key,
                )
        due: dict[tuple[str, str], Deployed] = {}
        for each in found.blamed:
            due.setdefault((each.incident.tenant, each.incident.id), each.deployment)
        for incident in found.incidents:
            deployment = due.get((incident.tenant, incident.id))
            linked = deployment is not None
            left_out = recovery.why_none(incident) or (None if linked else "not_linked")
            yield from recovery.item(
                scope,
                incident,
                incident.detected_at,
                deployment=deployment,
                mark=_LINKED if linked else _UNLINKED,
                left_out=left_out,
            )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """With how often each rule found one."""
        rules: Counter[str] = Counter()
        for item in items:
            if item.mark == PART:
                rules.update(dict.fromkeys(item.parts, item.n))
        return share(items, section, "failed", rules=dict(sorted(rules.items())))

    def coverage(self, items: Sequence[Item]) -> Mapping[str, Any]:
        """How many incidents are linked to a deployment."""
        linked = sum(i.n for i in items if i.mark == _LINKED and i.left_out is None)
        unlinked = sum(item.n for item in items if item.left_out == "not_linked")
        return {"coverage": {"incidents": linked + unlinked, "linked": linked}}


class Incidents(Share):
    """Incidents that were detected, through deployments; each for itself."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """All deployments, then the incidents."""
        each = scope.section.flag("each_environment")
        elsewhere = "not_production" if each and not production_asked(scope) else None
        for item in deployments.load(scope):
            yield item._replace(left_out=item.left_out or elsewhere)
        for incident, production in placed(scope, incidents.load(scope)):
            yield from recovery.item(
                scope,
                incident,
                incident.detected_at,
                production=production,
                mark=PART,
                left_out=recovery.why_none(incident),
            )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """Without a deployment the incidents are divided by one."""
        detected = sum(item.n for item in items if item.mark == PART)
        n = sum(item.n for item in items if not item.mark)
        if n == detected == 0:
            return nothing(section, 0, NONE, incidents=0)
        return of(detected / max(n, 1), n, section, incidents=detected)


class IncidentEvents(Share):
    """Events of incidents, each for every deployment of a push that has the commit that it names as
    the cause, in whole. What turned out to be no incident was one as long as an event said so."""

    statement = """
    select {span}, {day}, count(*), d.deployment_id,
           array_agg(distinct e.incident_id order by e.incident_id){keys}
    from {deployments} d
    cross join lateral ({commits_of_push}) p
    cross join lateral (
        select e.incident_id from {incident_events} e
        where e.tenant = d.tenant and e.root_cause = p.sha and {known}
          and exists (
              select from {incident_events} one
              where one.incident_id = e.incident_id and one.tenant = e.tenant
                and not one.retracted
          )
    ) e
    where {where} and {reason} is null
    group by d.finished_at, d.deployment_id{keys}
    order by d.finished_at, d.deployment_id
    """

    def load(self, scope: Scope) -> Iterator[Item]:
        """All deployments, then the events."""
        yield from deployments.load(scope)
        known = "true" if scope.query.as_of is None else "e.position <= %(as_of)s"
        statement = SQL(self.statement).format(
            span=scope.span(deployments.COLUMNS),
            day=scope.day(deployments.COLUMNS),
            keys=scope.keys(deployments.COLUMNS),
            where=scope.where(deployments.COLUMNS, anywhere=True),
            reason=deployments.reason(scope),
            known=SQL(known),
            commits_of_push=SQL(COMMITS_OF_PUSH).format(**scope.tables),
            **scope.tables,
        )
        for span, day, events, deployment, told_of, *rest in scope.fetch(statement):
            dimensions, _ = scope.split(rest, ())
            detail = {"deployment": deployment, "events": events, "incidents": told_of}
            yield from scope.item(
                span, day, dimensions, detail if scope.detailed else None, n=events, mark=PART
            )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """It may be more than one."""
        return share(items, section, "incident_events")


class Rollbacks(Share):
    """Rollbacks through the other deployments."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """Deployments by kind; rollbacks are counted against the others."""
        for item in deployments.load(scope, mark=SQL("coalesce(d.kind, '')")):
            rollback = item.mark == "rollback"
            counts = rollback and item.left_out == "kind_not_counted"
            yield item._replace(
                mark=PART if rollback else "", left_out=None if counts else item.left_out
            )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """Rollbacks are not among those that they are divided by."""
        return share(items, section, "rollbacks")


class FailuresPerImage(Share):
    """For each service, incidents through images whose lead time is known; the mean of services."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """Images, then incidents."""
        yield from Images().load(scope)
        for incident in incidents.load(scope):
            yield from recovery.item(
                scope,
                incident,
                incident.detected_at,
                mark=INCIDENT,
                parts=(incident.service,),
                left_out=recovery.why_none(incident) or recovery.why_no_service(incident),
            )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """Of those services that have an image."""
        detected = Counter(item.parts[0] for item in items if item.mark == INCIDENT)
        found = quickest_of([item for item in items if item.mark != INCIDENT])
        images = Counter(service for service, _ in found)
        if not images:
            return nothing(section, 0, Images.none, incidents=detected.total())
        rate = mean([detected[service] / count for service, count in sorted(images.items())])
        return of(rate, images.total(), section, incidents=detected.total())


FORMULAS: Final[Mapping[str, Formula]] = {
    "failed_deployments": FailedDeployments(),
    "incidents": Incidents(),
    "incident_events": IncidentEvents(),
    "rollbacks": Rollbacks(),
    "failures_per_image": FailuresPerImage(),
    "none": Undefined(),
}
