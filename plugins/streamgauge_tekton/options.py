"""The settings of this plugin: the table ``[plugins.tekton]`` or ``STREAMGAUGE_TEKTON_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import DeployRule, Secrets
from streamgauge.sources import Options as Reader
from streamgauge.sources.fields import url


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for Tekton."""

    secrets: Secrets = field(default_factory=lambda: Secrets("tekton", ()))
    """What a delivery has to show."""
    cluster: str | None = None
    """The name of the cluster whose events name none."""
    dashboard: str | None = None
    """The address of Tekton's dashboard, where runs have pages."""
    rule: DeployRule = field(default_factory=DeployRule)
    """Which runs deploy."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "tekton")
    dashboard = read.maybe("dashboard")
    if dashboard is not None and url(dashboard) is None:
        raise read.wrong("dashboard", "an http address")
    return Options(
        secrets=Secrets.of(read),
        cluster=read.maybe("cluster"),
        dashboard=None if dashboard is None else dashboard.rstrip("/"),
        rule=DeployRule.of(read, parameters=True),
    )
