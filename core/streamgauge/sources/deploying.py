"""Deployments by runs: which of a tool's runs deploy, and the transformer that remembers them.

A CI server knows pipelines and jobs. That one of them deploys, what, and where to, its operator
has to say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cloudevents.core.v1.event import CloudEvent

from streamgauge.cdevents import DEPLOYMENT_FAILED, CDEvent
from streamgauge.hookspecs import State
from streamgauge.sources.deployments import Deployments
from streamgauge.sources.fields import text
from streamgauge.sources.occurrences import Told
from streamgauge.sources.options import Names, Options

PARAMETERS: Final = ("service", "environment", "repository", "commit", "image")
"""What a parameter of a run can say of a deployment."""

_PRODUCTION: Final = "production"


@dataclass(frozen=True, slots=True)
class DeployRule:
    """The settings `deployments`, `environment`, `environments`, `services` and `parameters`.

    A run has one name or several, best first: ``team/shop``, ``shop``.
    """

    deployments: Names = field(default_factory=Names)
    environment: str = _PRODUCTION
    environments: Names = field(default_factory=Names)
    services: Names = field(default_factory=Names)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Options, *, parameters: bool = False) -> DeployRule:
        """Read the settings; `parameters`: whether the tool's runs have any. Raises
        SettingsError."""
        named = options.table("parameters") if parameters else {}
        if not set(named) <= set(PARAMETERS):
            raise options.wrong("parameters", f"a table with the keys {', '.join(PARAMETERS)}")
        return cls(
            deployments=Names(dict.fromkeys(options.texts("deployments"), "")),
            environment=options.text("environment", _PRODUCTION),
            environments=options.names("environments"),
            services=options.names("services"),
            parameters=named,
        )

    def deploys(self, *names: str) -> bool:
        """Whether a run of one of these names is a deployment."""
        return _first(self.deployments, names) is not None

    def environment_of(self, *names: str) -> str:
        """The environment that a run of one of these names deploys to."""
        return _first(self.environments, names) or self.environment

    def service_of(self, *names: str) -> str | None:
        """The service that a run of one of these names deploys; None where no setting says it."""
        return _first(self.services, names)

    def parameter(self, role: str, given: Mapping[str, Any]) -> str | None:
        """What the parameters of a run say, `role` being one of PARAMETERS."""
        name = self.parameters.get(role)
        found = None if name is None else text(given, name)
        return None if found is None else found.strip()


@dataclass(frozen=True, slots=True)
class Deployment:
    """An attempt to deploy something that has come to its end."""

    told: Told
    identity: tuple[str, ...]
    """What names the attempt, without what became of it."""
    service: str
    environment: str
    artifact: str
    """A package URL."""
    version: str
    """What tells one deployed thing from another: a commit, a digest."""
    at: datetime | None
    failed: bool = False
    custom: Mapping[str, Any] = field(default_factory=dict)
    """customData, of which None is left out."""

    def occurrence(self, done: str) -> CDEvent:
        """Its CDEvent, `done` being deployed, upgraded, rolledback or failed.

        The name given to a success is no part of the id: it hangs on what was known then.
        """
        failed = done == "failed"
        return self.told.occurrence(
            DEPLOYMENT_FAILED if failed else f"service.{done}",
            *(*self.identity, "failure" if failed else "success"),
            at=self.at,
            subject=self.service,
            content={"environment": {"id": self.environment}, "artifactId": self.artifact},
            **self.custom,
        )


class DeploymentTransformer:
    """A stateful transformer of the deployments that `read` finds in events, one in each at most.

    An attempt succeeds once: for tools that give each attempt an identity of its own.
    """

    def __init__(self, name: str, read: Callable[[CloudEvent], Deployment | None]) -> None:
        self.name = name
        self._read = read

    def state_key(self, event: CloudEvent) -> str | None:
        """The service and the environment."""
        found = self._read(event)
        if found is None:
            return None
        # JSON, because either may hold any separator.
        return json.dumps([found.service, found.environment])

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """One CDEvent, a success named by what was deployed before it, in the time of the
        deployments."""
        found = self._read(event)
        if found is None:
            return [], state
        if found.failed:
            return [found.occurrence("failed")], state
        deployments = Deployments(state)
        at = found.at or found.told.time
        done = deployments.add(at, found.version, json.dumps(found.identity), once=True)
        return ([] if done is None else [found.occurrence(done)]), deployments.state()


def _first(table: Names, names: Iterable[str]) -> str | None:
    for name in names:
        if (found := table.of(name)) is not None:
            return found
    return None
