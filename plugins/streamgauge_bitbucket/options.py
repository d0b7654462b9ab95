"""The settings of this plugin: the table ``[plugins.bitbucket]`` or ``STREAMGAUGE_BITBUCKET_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import DeployRule, Secrets
from streamgauge.sources import Options as Reader


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for Bitbucket."""

    secrets: Secrets = field(default_factory=lambda: Secrets("bitbucket", ()))
    rule: DeployRule = field(default_factory=DeployRule)
    """Which commit statuses are deployments, of what, and where to."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "bitbucket")
    return Options(secrets=Secrets.of(read), rule=DeployRule.of(read))
