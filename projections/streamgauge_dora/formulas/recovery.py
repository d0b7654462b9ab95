"""Failed deployment recovery time: how long it took until a failure was over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from streamgauge_dora.asking.formula import Formula, Period, Undefined, Value
from streamgauge_dora.asking.items import Item, only
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.asking.statistics import rounded
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.failures.deployed import Deployed, place
from streamgauge_dora.failures.failing import Failing, failures
from streamgauge_dora.failures.few import few
from streamgauge_dora.failures.incidents import Incident
from streamgauge_dora.failures.known import known
from streamgauge_dora.failures.projects import placed
from streamgauge_dora.failures.wrong import Known
from streamgauge_dora.formulas import deployments
from streamgauge_dora.formulas.durations import duration

BACKWARDS: Final = "ends_before_it_begins"
NO_FAILURE: Final = "no failed deployment of this range is over yet, or there is none"
NO_INCIDENT: Final = "no incident of this range is over yet, or there is none"


class FailedDeployments(Formula):
    """From the end of a deployment that failed until the last of what was wrong with it is over, in
    the bucket of the deployment."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """The failed ones, then what was deployed elsewhere."""
        yield from few(scope, "failed deployments that are over", self._failed)
        yield from deployments.elsewhere(scope)

    def _failed(self, scope: Scope, wrong: Known) -> Iterator[Item]:
        found = failures(scope, wrong).failing
        places = deployments.places(scope, (each.deployment.key for each in found))
        for failing in found:
            deployment, end = failing.deployment, failing.recovered_at
            if (where := places.get(deployment.key)) is None:
                continue
            seconds = None if end is None else (end - deployment.finished_at).total_seconds()
            yield from scope.item(
                *where,
                told(failing) if scope.detailed else None,
                amounts=only(seconds),
                thing=str(deployment.key),
                left_out=_why_not(seconds, "not_recovered"),
                at=deployment.finished_at,
                of=deployment.key,
            )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """By the statistic that the definition chooses."""
        return duration(items, section, NO_FAILURE)


class Incidents(Formula):
    """Incidents from their detection, or from the deployment that they are due to, to their end."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """The incidents; those of several deployments go by the first."""
        if scope.section.flag("each_environment"):
            return self._incidents(
                scope, known(scope)
            )  # of which environments there are, any deployment may say
        return few(scope, "incidents that are over", self._incidents)

    def _incidents(self, scope: Scope, wrong: Known) -> Iterator[Item]:
        section = scope.section
        found = failures(scope, wrong)
        due: dict[tuple[str, str], Deployed] = {}
        for each in found.blamed:
            due.setdefault((each.incident.tenant, each.incident.id), each.deployment)
        for incident, production in placed(scope, found.incidents):
            deployment = due.get((incident.tenant, incident.id))
            since = _since(incident, deployment, section)
            seconds = _seconds(since, incident.resolved_at, section)
            left_out = why_none(incident) or _why_open(incident, since, seconds)
            if section.text("statistic", "median") == "mean_of_services":
                left_out = left_out or why_no_service(incident)
            at = incident.resolved_at if section.text("by", "since") == "resolved" else since
            yield from item(
                scope,
                incident,
                at or incident.detected_at,
                deployment=deployment,
                production=production,
                amounts=only(seconds),
                mark=_belongs_to(incident, section),
                left_out=left_out,
            )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """By the statistic that the definition chooses."""
        return duration(items, section, NO_INCIDENT)


def told(failing: Failing) -> dict[str, Any]:
    """What an explanation says of a failed deployment."""
    deployment = failing.deployment
    return {
        "deployment": deployment.deployment_id,
        "service": deployment.service,
        "environment": deployment.environment,
        "finished_at": deployment.finished_at,
        "kind": deployment.kind,
        "repository": deployment.repository,
        "recovered_at": failing.recovered_at,
        "causes": [cause.told() for cause in failing.causes],
    }


def why_none(incident: Incident) -> str | None:
    """Why it is no incident at all."""
    if incident.retracted:
        return "retracted"
    return "never_detected" if incident.detected_at is None else None


def why_no_service(incident: Incident) -> str | None:
    """Why it does not count where each service is counted for itself."""
    return "no_service" if incident.service is None else None


def item(
    scope: Scope,
    incident: Incident,
    at: datetime | None,
    *,
    deployment: Deployed | None = None,
    production: bool | None = None,
    **more: Any,
) -> Iterator[Item]:
    """The item of an incident; none where it falls outside of the question.

    What it does not say itself, the deployment that it is due to says.
    """
    at = at or incident.resolved_at
    environment = incident.environment or (deployment and deployment.environment)
    if deployment is not None and incident.environment is None:
        production = deployment.production
    tier = _tier(scope, environment, production)
    asked = {"tier", "environment"} & set(scope.query.filters)
    elsewhere = bool(scope.tiers) and not asked and tier not in scope.tiers
    where = None if at is None else place(
        scope,
        at,
        tenant=incident.tenant,
        service=incident.service or (deployment and deployment.service),
        environment=environment,
        repository=incident.repository or (deployment and deployment.repository),
        tier=tier,
        anywhere=elsewhere,
    )  # fmt: skip
    if where is not None:
        detail = _told(incident, deployment) if scope.detailed else None
        of = (incident.tenant, incident.id)
        thing = str((incident.tenant, incident.id, incident.environment))
        if elsewhere:
            more["left_out"] = more.get("left_out") or deployments.NOT_PRODUCTION
        yield from scope.item(*where, detail, thing=thing, at=at, of=of, **more)


def _tier(scope: Scope, environment: str | None, production: bool | None) -> str:
    if scope.section.flag("everywhere") and scope.tiers:
        return scope.tiers[0]
    return scope.tier_of(environment, production)


def _told(incident: Incident, deployment: Deployed | None) -> dict[str, Any]:
    return {
        "incident": incident.id,
        "title": incident.title,
        "service": incident.service,
        "environment": incident.environment,
        "detected_at": incident.detected_at,
        "resolved_at": incident.resolved_at,
        "reopened": incident.reopened,
        "deployment": deployment and deployment.deployment_id,
    }


def _since(incident: Incident, deployment: Deployed | None, section: Section) -> datetime | None:
    if section.text("since", "detected") == "detected" or incident.detected_at is None:
        return incident.detected_at
    return None if deployment is None else deployment.finished_at


def _seconds(since: datetime | None, end: datetime | None, section: Section) -> float | None:
    if since is None or end is None:
        return None
    return rounded((end - since).total_seconds(), section.text("rounding", "none"))


def _why_open(incident: Incident, since: datetime | None, seconds: float | None) -> str | None:
    if since is None:
        return "not_linked"
    return _why_not(seconds, "not_resolved" if incident.resolved_at is None else BACKWARDS)


def _why_not(seconds: float | None, unknown: str) -> str | None:
    if seconds is None:
        return unknown
    return BACKWARDS if seconds < 0 else None


def _belongs_to(incident: Incident, section: Section) -> str:
    """What its amount is put together by, where the statistic does so."""
    line = f"{incident.service} {incident.environment}"
    by = {"median_of_days": line, "mean_of_services": incident.service}
    return by.get(section.text("statistic", "median")) or ""


FORMULAS: Final[Mapping[str, Formula]] = {
    "failed_deployments": FailedDeployments(),
    "incidents": Incidents(),
    "none": Undefined(),
}
