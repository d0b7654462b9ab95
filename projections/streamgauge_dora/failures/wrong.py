"""What went wrong, as it is known: incidents, what they are due to, and what mends what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from streamgauge.metrics.parameters import LATEST
from streamgauge_dora.failures.deployed import Deployed, Remedy
from streamgauge_dora.failures.deployed import Key as Deployment
from streamgauge_dora.failures.incidents import Incident
from streamgauge_dora.failures.ladder import Blamed

Key = tuple[str, str]
"""An incident's tenant and id."""
About = Key | Deployment
"""An incident, or a deployment."""


class Due(NamedTuple):
    """An incident, the deployments that it is due to, and those that have ended it."""

    incident: Incident
    blamed: Sequence[Blamed] = ()
    fixes: Sequence[Deployed] = ()
    """As a tool or somebody says."""
    ended: Sequence[Deployed] = ()
    """The last of the service, in that environment, while it was open."""
    about: frozenset[About] = frozenset()
    """The incident and all of the deployments."""

    @classmethod
    def of(
        cls,
        incident: Incident,
        blamed: Sequence[Blamed],
        fixes: Sequence[Deployed],
        ended: Sequence[Deployed],
    ) -> Due:
        """With what it is about."""
        deployments = (*(each.deployment for each in blamed), *fixes, *ended)
        about: set[About] = {key_of(incident), *(each.key for each in deployments)}
        return cls(incident, tuple(blamed), tuple(fixes), tuple(ended), frozenset(about))

    @property
    def latest(self) -> datetime:
        """The last moment of any of it."""
        told = (self.incident.detected_at, self.incident.resolved_at)
        deployed = (each.deployment.finished_at for each in self.blamed)
        others = (each.finished_at for each in (*self.fixes, *self.ended))
        return max(m for m in chain(told, deployed, others) if m is not None)


class Step(NamedTuple):
    """From one version to the next."""

    before: int
    after: int
    about: frozenset[About]


class Known(NamedTuple):
    """What went wrong since some instant, or before."""

    dues: Sequence[Due]
    remedies: Sequence[Remedy]
    version: int = 0
    """Another one for whatever is different."""
    steps: Sequence[Step] = ()
    """The last ones that led to this version."""
    latest: datetime = LATEST
    """Nothing of what it is about is later."""

    def changed(self, version: int) -> frozenset[About] | None:
        """What is different since that version; None where that cannot be told."""
        found: frozenset[About] = frozenset()
        steps = {step.before: step for step in self.steps}
        while version != self.version:
            if version not in steps:
                return None
            found |= steps[version].about
            version = steps[version].after
        return found

    def deployed_since(self, since: datetime) -> frozenset[About]:
        """The deployments since then that it is about."""
        if since > self.latest:
            return frozenset()
        return frozenset(d.key for d in self.deployments() if d.finished_at >= since)

    def about(self, wanted: frozenset[About]) -> Known:
        """What any of these incidents and deployments have to do with."""
        dues = [due for due in self.dues if not wanted.isdisjoint(due.about)]
        remedies = [
            each
            for each in self.remedies
            if each.deployment.key in wanted
            or (each.failed is not None and each.failed.key in wanted)
        ]
        return Known(dues, remedies)

    def deployments(self) -> Iterator[Deployed]:
        """All that it is about, some of them several times."""
        for due in self.dues:
            yield from (each.deployment for each in due.blamed)
            yield from (*due.fixes, *due.ended)
        for remedy in self.remedies:
            yield remedy.deployment
            if remedy.failed is not None:
                yield remedy.failed


def key_of(incident: Incident) -> Key:
    """The incident's."""
    return incident.tenant, incident.id


def about_remedy(remedy: Remedy) -> set[About]:
    """The deployment, and what it mends."""
    deployments = (remedy.deployment, remedy.failed)
    return {deployment.key for deployment in deployments if deployment is not None}
