"""The settings of this plugin: the table ``[plugins.github]`` or ``STREAMGAUGE_GITHUB_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import Options as Reader
from streamgauge.sources import Secrets

_LABELS = frozenset({"incident"})
_ENVIRONMENT = "production"


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for GitHub."""

    secrets: Secrets = field(default_factory=lambda: Secrets("github", ()))
    """The webhook secrets that are valid, and whether a delivery may do without one."""
    incident_labels: frozenset[str] = _LABELS
    """The labels that make an issue an incident, case-folded."""
    incident_environment: str = _ENVIRONMENT
    """Where an incident is said to be: CDEvents asks for it and an issue does not know."""
    deployment_workflows: tuple[str, ...] = ()
    """The workflows, by file or name, whose runs are deployments to production."""
    deployment_releases: bool = False
    """Whether a release that is published is a deployment to production."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "github")
    labels = read.texts("incident_labels", tuple(_LABELS))
    return Options(
        secrets=Secrets.of(read),
        incident_labels=frozenset(label.casefold() for label in labels),
        incident_environment=read.text("incident_environment", _ENVIRONMENT),
        deployment_workflows=read.texts("deployment_workflows"),
        deployment_releases=read.flag("deployment_releases"),
    )
