"""The settings of this plugin: the table ``[plugins.gitea]`` or ``STREAMGAUGE_GITEA_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import DeployRule, Secrets
from streamgauge.sources import Options as Reader

_LABELS = frozenset({"incident"})


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for Gitea and Forgejo."""

    secrets: Secrets = field(default_factory=lambda: Secrets("gitea", ()))
    """The webhook secrets that are valid, and whether a delivery may do without one."""
    incident_labels: frozenset[str] = _LABELS
    """The labels that make an issue an incident, case-folded."""
    rule: DeployRule = field(default_factory=DeployRule)
    """Which workflow runs deploy, what and where to; an incident is in its `environment`."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "gitea")
    labels = read.texts("incident_labels", tuple(_LABELS))
    return Options(
        secrets=Secrets.of(read),
        incident_labels=frozenset(label.casefold() for label in labels),
        rule=DeployRule.of(read),
    )
