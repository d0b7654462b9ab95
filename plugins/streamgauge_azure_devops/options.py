"""The settings of this plugin: ``[plugins.azure-devops]`` or ``STREAMGAUGE_AZURE_DEVOPS_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import DeployRule, Secrets
from streamgauge.sources import Options as Reader

_TYPES = ("Incident",)
_LABELS = ("incident",)
_DONE = ("Closed", "Completed", "Done", "Inactive", "Removed", "Resolved")


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for Azure DevOps."""

    secrets: Secrets = field(default_factory=lambda: Secrets("azure-devops", ()))
    rule: DeployRule = field(default_factory=DeployRule)
    """Which stages are deployments, of what, and where to; and where incidents are."""
    incident_types: frozenset[str] = frozenset(each.casefold() for each in _TYPES)
    """The types of work items that are incidents, case-folded, as all below."""
    incident_labels: frozenset[str] = frozenset(_LABELS)
    """The tags that make a work item an incident."""
    done_states: frozenset[str] = frozenset(each.casefold() for each in _DONE)
    """The states in which a work item is over."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "azure-devops")
    return Options(
        secrets=Secrets.of(read),
        rule=DeployRule.of(read),
        incident_types=_folded(read.texts("incident_types", _TYPES)),
        incident_labels=_folded(read.texts("incident_labels", _LABELS)),
        done_states=_folded(read.texts("done_states", _DONE)),
    )


def _folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)
