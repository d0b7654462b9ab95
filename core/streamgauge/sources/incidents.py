"""Incidents as the metrics read them, and where they are by the plugin's settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from streamgauge.cdevents import CDEvent
from streamgauge.sources.occurrences import Told
from streamgauge.sources.options import Names, Options

Done = Literal["detected", "resolved"]

PRODUCTION = "production"
"""Where an incident is said to be: CDEvents asks for it, and few tools know."""


@dataclass(frozen=True, slots=True)
class Places:
    """What environments and services are to be called, by the settings of those names."""

    environment: str = PRODUCTION
    environments: Names = field(default_factory=Names)
    services: Names = field(default_factory=Names)

    @classmethod
    def of(cls, options: Options) -> Places:
        """The settings `environment`, `environments` and `services`. Raises SettingsError."""
        return cls(
            environment=options.text("environment", PRODUCTION),
            environments=options.names("environments"),
            services=options.names("services"),
        )

    def environment_of(self, told: str | None, about: str | None = None) -> str:
        """The environment that the tool tells, as `environments` calls it, or as it is.

        Where the tool tells none, `environments` is asked for what it is about: a service, a
        namespace. Where that is in none of its entries either, it is `environment`.
        """
        if told is not None:
            return self.environments.of(told.strip()) or told.strip()
        found = None if about is None else self.environments.of(about.strip())
        return found or self.environment

    def service_of(self, told: str | None) -> str | None:
        """The service that the tool tells, as `services` calls it, or as it is."""
        return None if told is None else self.services.of(told.strip()) or told.strip()


def incident(
    told: Told,
    done: Done,
    *when: str,
    at: datetime | None,
    subject: str,
    environment: str,
    service: str | None,
    title: str | None,
    labels: Sequence[str] = (),
    retracted: bool = False,
    **custom: Any,
) -> CDEvent:
    """incident.detected or incident.resolved of the incident that is called `subject` all its life.

    `when` tells a detection or a resolution from the others of the same incident, where there can
    be several. `retracted` says that it turned out to be none.
    """
    return told.occurrence(
        f"incident.{done}",
        *(subject, done, *when),
        at=at,
        subject=subject,
        content={
            "environment": {"id": environment},
            "service": None if service is None else {"id": service},
            "description": title,
        },
        title=title,
        labels=list(labels) or None,
        retracted=retracted or None,
        **custom,
    )
