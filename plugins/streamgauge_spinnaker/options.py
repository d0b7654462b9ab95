"""The settings of this plugin: the table ``[plugins.spinnaker]`` or ``STREAMGAUGE_SPINNAKER_*``."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamgauge.settings import Settings
from streamgauge.sources import Names, Secrets
from streamgauge.sources import Options as Reader
from streamgauge.sources.fields import url

NOWHERE = "http://spinnaker.invalid"
"""The address of a Spinnaker of which nobody has said where it is."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for Spinnaker."""

    secrets: Secrets = field(default_factory=lambda: Secrets("spinnaker", ()))
    """What a delivery has to show."""
    instance: str = NOWHERE
    """The address of Deck, Spinnaker's pages."""
    environment: str | None = None
    """The environment of accounts that have no entry; None for the account's own name."""
    environments: Names = field(default_factory=Names)
    """``application/account`` or ``account`` to environment."""
    services: Names = field(default_factory=Names)
    """``application/stage`` or ``application`` to service."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "spinnaker")
    instance = read.text("instance", NOWHERE)
    if url(instance) is None:
        raise read.wrong("instance", "the address of Spinnaker's pages, http://...")
    return Options(
        secrets=Secrets.of(read),
        instance=instance.rstrip("/"),
        environment=read.maybe("environment"),
        environments=read.names("environments"),
        services=read.names("services"),
    )
