"""The settings of this plugin: the table ``[plugins.circleci]`` or ``STREAMGAUGE_CIRCLECI_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import DeployRule, Secrets
from streamgauge.sources import Options as Reader


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for CircleCI."""

    secrets: Secrets = field(default_factory=lambda: Secrets("circleci", ()))
    """The webhooks' secret tokens that are valid."""
    rule: DeployRule = field(default_factory=DeployRule)
    """Which workflows deploy."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "circleci")
    return Options(Secrets.of(read), DeployRule.of(read))
