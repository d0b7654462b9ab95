"""The settings of this plugin: the table ``[plugins.devlake]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings
from streamgauge_devlake.calls import Scope


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for DevLake's webhooks."""

    services: Mapping[str, str] = field(default_factory=dict)
    """A connection's number, or a webhook's name, to the service that it is about."""

    def service(self, scope: Scope, repository: str | None = None) -> str:
        """The service that a call is about; `repository` is the one it names, ``owner/repo``.

        A project or a webhook with a name is a service of that name. A bare connection is what
        it is set to be, else its repository; what names none keeps the connection's number.
        """
        if scope.kind == "project":
            return scope.name
        if scope.name in self.services:
            return self.services[scope.name]
        if scope.kind == "webhook":
            return scope.name
        return repository or f"connection-{scope.name}"


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    services = settings.for_plugin("devlake").get("services", {})
    if not isinstance(services, dict) or not all(
        isinstance(name, str) and name.strip() and name.isprintable() for name in services.values()
    ):
        raise SettingsError(
            "plugins.devlake.services must be a table of connections and names of services, "
            'such as {"1" = "shop"}'
        )
    return Options(services)
