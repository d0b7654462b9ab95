"""The settings of this plugin: the table ``[plugins.jira]`` or ``STREAMGAUGE_JIRA_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import DeployRule, Secrets
from streamgauge.sources import Options as Reader

# Jira Service Management's own type has its brackets in the name.
_TYPES = ("Incident", "[System] Incident")
_LABELS = ("incident",)
_DONE = ("Canceled", "Cancelled", "Closed", "Completed", "Declined", "Done", "Resolved")


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for Jira."""

    secrets: Secrets = field(default_factory=lambda: Secrets("jira", ()))
    rule: DeployRule = field(default_factory=DeployRule)
    """Which versions are deployments, and what is called how, and where."""
    environment_field: str | None = None
    """The field that says where an incident is: ``customfield_10050``."""
    service_field: str | None = None
    """The field that says of which service an incident is."""
    incident_types: frozenset[str] = frozenset(each.casefold() for each in _TYPES)
    """The types of issues that are incidents, case-folded, as all below."""
    incident_labels: frozenset[str] = frozenset(_LABELS)
    """The labels that make an issue an incident."""
    done_statuses: frozenset[str] = frozenset(each.casefold() for each in _DONE)
    """The statuses in which an issue is over. Of the one that an issue is in, Jira says it too."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "jira")
    return Options(
        secrets=Secrets.of(read),
        rule=DeployRule.of(read),
        environment_field=read.maybe("environment_field"),
        service_field=read.maybe("service_field"),
        incident_types=_folded(read.texts("incident_types", _TYPES)),
        incident_labels=_folded(read.texts("incident_labels", _LABELS)),
        done_statuses=_folded(read.texts("done_statuses", _DONE)),
    )


def _folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)
