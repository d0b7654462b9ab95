"""Failed deployments: what was wrong with each, and until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.failures import attempts
from streamgauge_dora.failures.deployed import Deployed, Key, Remedy
from streamgauge_dora.failures.incidents import Incident
from streamgauge_dora.failures.ladder import CORRECTED, Blamed
from streamgauge_dora.failures.wrong import Known


class Cause(NamedTuple):
    """One thing that was wrong with a deployment."""

    rule: str
    ended_at: datetime | None
    """None while it is not over."""
    incident: Incident | None = None
    remedy: Remedy | None = None

    def told(self) -> dict[str, Any]:
        """What an explanation says of it."""
        incident, remedy = self.incident, self.remedy
        return {
            "rule": self.rule,
            "incident": None if incident is None else incident.id,
            "title": None if incident is None else incident.title,
            "detected_at": None if incident is None else incident.detected_at,
            "remedy": None if remedy is None else str(remedy.deployment.deployment_id),
            "change": None if remedy is None else remedy.change,
            "ended_at": self.ended_at,
        }


class Failing(NamedTuple):
    """A deployment that needed intervention."""

    deployment: Deployed
    causes: Sequence[Cause]

    @property
    def recovered_at(self) -> datetime | None:
        """When the last of its incidents was over; without any, when it was first mended.

        None while an incident is open.
        """
        incidents = [cause.ended_at for cause in self.causes if cause.incident is not None]
        if None in incidents:
            return None
        ends = incidents or [cause.ended_at for cause in self.causes]
        known = [end for end in ends if end is not None]
        return (max if incidents else min)(known, default=None)


class Failures(NamedTuple):
    """What went wrong since the scope begins."""

    failing: Sequence[Failing]
    """In the order in which they were deployed."""
    incidents: Sequence[Incident]
    blamed: Sequence[Blamed]


def failures(scope: Scope, wrong: Known) -> Failures:
    """By the rules of the definition, of what is known to be wrong."""
    incidents = [due.incident for due in wrong.dues]
    order = {rule: place for place, rule in enumerate((CORRECTED, *scope.definition.rules))}
    blamed = sorted(
        (each for due in wrong.dues for each in due.blamed), key=lambda each: order[each.rule]
    )
    causes: Mapping[Key, list[Cause]] = defaultdict(list)
    deployments: dict[Key, Deployed] = {}
    for each in blamed:
        deployments[each.deployment.key] = each.deployment
        cause = Cause(each.rule, each.incident.resolved_at, incident=each.incident)
        causes[each.deployment.key].append(cause)
    for remedy in wrong.remedies:
        if remedy.failed is None or remedy.rule not in scope.definition.rules:
            continue
        deployments[remedy.failed.key] = remedy.failed
        cause = Cause(remedy.rule, remedy.deployment.finished_at, remedy=remedy)
        causes[remedy.failed.key].append(cause)
    for attempt, recovered_at in attempts.attempts(scope):
        deployments[attempt.key] = attempt
        causes[attempt.key].append(Cause(attempts.RULE, recovered_at))
    failing = [Failing(deployment, causes[key]) for key, deployment in deployments.items()]
    in_order = sorted(failing, key=lambda f: (f.deployment.finished_at, f.deployment.deployment_id))
    return Failures(in_order, incidents, blamed)
