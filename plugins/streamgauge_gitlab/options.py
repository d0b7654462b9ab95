"""The settings of this plugin: the table ``[plugins.gitlab]`` or ``STREAMGAUGE_GITLAB_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import Names, Secrets
from streamgauge.sources import Options as Reader

_LABELS = frozenset({"incident"})
_ENVIRONMENT = "production"


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for GitLab."""

    secrets: Secrets = field(default_factory=lambda: Secrets("gitlab", ()))
    """The secret tokens, which GitLab shows, and whether a delivery may do without one."""
    signing: Secrets = field(default_factory=lambda: Secrets("gitlab", ()))
    """The signing tokens, ``whsec_...``, with which GitLab signs."""
    incident_labels: frozenset[str] = _LABELS
    """The labels that make an issue an incident, case-folded."""
    environment: str = _ENVIRONMENT
    """Where an incident is said to be: CDEvents asks for it and an issue does not know."""
    environments: Names = field(default_factory=Names)
    """GitLab's name of an environment to what it shall be called."""
    services: Names = field(default_factory=Names)
    """``group/project`` to the service it is."""
    parts: Names = field(default_factory=Names)
    """``group/project:environment`` to the service that is deployed there."""

    def environment_of(self, name: str) -> str:
        """What the environment that GitLab calls `name` is called."""
        return self.environments.of(name) or name

    def service_of(self, project: str, environment: str = "") -> str:
        """The service that is deployed from a project to an environment, as GitLab calls it.

        Without an entry it is the project's path.
        """
        named = self.parts.of(f"{project}:{environment}") if self.parts.table else None
        return named or self.services.of(project) or project


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "gitlab")
    labels = read.texts("incident_labels", tuple(_LABELS))
    services = read.table("services")
    return Options(
        secrets=Secrets.of(read),
        signing=Secrets.of(read, "signing_secret"),
        incident_labels=frozenset(label.casefold() for label in labels),
        environment=read.text("environment", _ENVIRONMENT),
        environments=read.names("environments"),
        services=Names({key: name for key, name in services.items() if ":" not in key}),
        parts=Names({key: name for key, name in services.items() if ":" in key}),
    )
