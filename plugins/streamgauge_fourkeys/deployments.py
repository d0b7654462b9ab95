"""Deployments as fourkeys counts them: a build that succeeded, an Argo CD that says SUCCESS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.hookspecs import State
from streamgauge.sources import Deployments, Told, artifact
from streamgauge.sources.fields import ident, instant, short_sha, stamp, word
from streamgauge_fourkeys.builds import Build, build_of
from streamgauge_fourkeys.messages import argo_cd_in
from streamgauge_fourkeys.options import Options

_FAILED: Final = frozenset({"failure", "internal_error", "timeout"})
"""A build that was cancelled, or never ran, has not tried."""
_ARGO_CD_FAILED: Final = frozenset({"failure", "failed", "error", "degraded"})
_ARGO_CD: Final = "argocd"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deploy something, and how it ended."""

    told: Told
    identity: tuple[str, ...]
    service: str
    environment: str
    artifact: str
    version: str
    at: datetime | None
    failed: bool
    repeated_of: str | None
    """The Application, of which Argo CD goes on saying what is deployed; a build says it once."""
    custom: Mapping[str, Any] = field(default_factory=dict)

    def event(self, kind: str, transition: str) -> CDEvent:
        """Its CDEvent."""
        return self.told.occurrence(
            kind,
            *(*self.identity, transition),
            at=self.at,
            subject=self.service,
            content={"environment": {"id": self.environment}, "artifactId": self.artifact},
            **self.custom,
        )

    def told_by(self, known: Deployments) -> list[CDEvent]:
        """What it is, by what was deployed before it."""
        if self.failed:
            return [self.event(DEPLOYMENT_FAILED, "failure")]
        add = known.add if self.repeated_of is None else known.add_change
        done = add(self.at or self.told.time, self.version, json.dumps(self.identity))
        return [] if done is None else [self.event(f"service.{done}", "success")]


class DeploymentTransformer:
    """service.deployed, upgraded or rolledback, and the attempts that failed."""

    name = "fourkeys-deployments"

    def __init__(self, options: Options) -> None:
        self._options = options

    def state_key(self, event: CloudEvent) -> str | None:
        """The service and the environment; of Argo CD the Application too, since several that
        are one service each go on saying what they are at."""
        attempt = self._attempt(event)
        if attempt is None:
            return None
        key = [attempt.service, attempt.environment, attempt.repeated_of]
        return json.dumps([part for part in key if part is not None])

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """One CDEvent at most, and what was deployed."""
        attempt = self._attempt(event)
        if attempt is None:
            return [], state
        known = Deployments(state)
        made = attempt.told_by(known)
        return made, state if attempt.failed else known.state()

    def _attempt(self, event: CloudEvent) -> Attempt | None:
        build = build_of(event)
        return _argo_cd(event, self._options) if build is None else _build(build, self._options)


def _build(build: Build, options: Options) -> Attempt | None:
    failed = build.status in _FAILED
    if not (failed or build.status == "success") or not options.deploys(build.names):
        return None
    return Attempt(
        build.told,
        (build.subject, "deployment"),
        options.service_of(build.names) or build.service,
        options.environment_of(build.names),
        build.artifact,
        build.commit or build.artifact,
        instant(build.data, "finishTime"),
        failed=failed,
        repeated_of=None,
        custom={
            **build.custom,
            "startedAt": stamp(instant(build.data, "startTime")) or None,
            "deployment": build.subject,
        },
    )


def _argo_cd(event: CloudEvent, options: Options) -> Attempt | None:
    """The commit is the application's own, as fourkeys takes it to be."""
    found = argo_cd_in(event)
    if found is None:
        return None
    notice, told = found
    identity, commit = ident(notice, "id"), short_sha(notice, "commit_sha")
    status, at = word(notice, "status"), instant(notice, "time")
    failed = status in _ARGO_CD_FAILED
    if identity is None or commit is None or not (failed or status == "success"):
        return None
    service = options.service_of([identity]) or _ARGO_CD
    return Attempt(
        told,
        ("argo-cd", identity, commit, stamp(at)),
        service,
        options.environment_of([identity]),
        artifact(service, commit),
        commit,
        at,
        failed=failed,
        repeated_of=identity,
        custom={"commit": commit, "deployment": identity},
    )
