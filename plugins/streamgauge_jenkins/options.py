"""The settings of this plugin: the table ``[plugins.jenkins]`` or ``STREAMGAUGE_JENKINS_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import DeployRule, Secrets
from streamgauge.sources import Options as Reader
from streamgauge.sources.fields import url

NOWHERE = "http://jenkins.invalid"
"""The address of a Jenkins of which nobody has said where it is."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for Jenkins."""

    secrets: Secrets = field(default_factory=lambda: Secrets("jenkins", ()))
    """What a delivery has to show."""
    instance: str = NOWHERE
    """Where the Jenkins is that does not say it of itself."""
    rule: DeployRule = field(default_factory=DeployRule)
    """Which jobs deploy."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "jenkins")
    instance = read.text("instance", NOWHERE)
    if url(instance) is None:
        raise read.wrong("instance", "the address of a Jenkins, http://...")
    return Options(Secrets.of(read), instance.rstrip("/"), DeployRule.of(read, parameters=True))
