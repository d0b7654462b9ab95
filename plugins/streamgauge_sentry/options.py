"""The settings of this plugin: the table ``[plugins.sentry]`` or ``STREAMGAUGE_SENTRY_*``."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from streamgauge.settings import Settings
from streamgauge.sources import Options as Reader
from streamgauge.sources import Places


@dataclass(frozen=True, slots=True)
class Options:
    """Which hooks of Sentry's are incidents, and where."""

    places: Places = field(default_factory=Places)
    incident_alerts: tuple[str, ...] = ("*",)
    """The alert rules that make one, by patterns of their names."""
    incident_levels: frozenset[str] = frozenset()
    """The levels of issues that are one without any alert."""

    def is_incident(self, rule: str | None) -> bool:
        """Whether what an alert rule of that name tells is one."""
        return any(fnmatchcase(rule or "", pattern) for pattern in self.incident_alerts)


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "sentry")
    levels = read.texts("incident_levels")
    return Options(
        places=Places.of(read),
        incident_alerts=read.texts("incident_alerts", ("*",)),
        incident_levels=frozenset(level.lower() for level in levels),
    )
