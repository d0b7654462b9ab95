"""The settings of this plugin: the table ``[plugins.fourkeys]`` or ``STREAMGAUGE_FOURKEYS_*``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import Names, Secrets
from streamgauge.sources import Options as Reader

_ENVIRONMENT = "production"


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set. The keys are names of triggers, tags and repositories of builds,
    and the ids of Argo CD's notifications."""

    secrets: Secrets = field(default_factory=lambda: Secrets("fourkeys", ()))
    deployments: Names = field(default_factory=lambda: Names({"*": ""}))
    """Which builds deploy."""
    environment: str = _ENVIRONMENT
    environments: Names = field(default_factory=Names)
    services: Names = field(default_factory=Names)

    def deploys(self, names: Iterable[str]) -> bool:
        """Whether a build of one of these names is a deployment."""
        return _first(self.deployments, names) is not None

    def environment_of(self, names: Iterable[str]) -> str:
        """The environment that it deploys to."""
        return _first(self.environments, names) or self.environment

    def service_of(self, names: Iterable[str]) -> str | None:
        """The service that it deploys, where a setting says so."""
        return _first(self.services, names)


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "fourkeys")
    return Options(
        secrets=Secrets.of(read),
        deployments=Names(dict.fromkeys(read.texts("deployments", ("*",)), "")),
        environment=read.text("environment", _ENVIRONMENT),
        environments=read.names("environments"),
        services=read.names("services"),
    )


def _first(table: Names, names: Iterable[str]) -> str | None:
    return next((found for name in names if (found := table.of(name)) is not None), None)
