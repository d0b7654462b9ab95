"""The settings of this plugin: the table ``[plugins.flux]`` or ``STREAMGAUGE_FLUX_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import Names, Secrets
from streamgauge.sources import Options as Reader


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for Flux. The keys of the tables are ``namespace/name``."""

    secrets: Secrets = field(default_factory=lambda: Secrets("flux", ()))
    environment: str | None = None
    """Where no table says it; None means the object's namespace."""
    environments: Names = field(default_factory=Names)
    services: Names = field(default_factory=Names)
    repositories: Names = field(default_factory=Names)
    """Whose code it is that an object's revision names."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "flux")
    return Options(
        secrets=Secrets.of(read),
        environment=read.maybe("environment"),
        environments=read.names("environments"),
        services=read.names("services"),
        repositories=read.names("repositories"),
    )
