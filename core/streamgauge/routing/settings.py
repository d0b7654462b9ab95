"""How the settings have CDEvents read."""

from __future__ import annotations

from streamgauge.cdevents import Binding, LocalSchemas, Mode
from streamgauge.settings import Settings


def binding_of(settings: Settings) -> Binding:
    """The binding in the mode and with the schemas that are set. Raises SettingsError."""
    folder = settings.cdevents_schema_dir
    return Binding(Mode(settings.cdevents_mode), LocalSchemas(folder) if folder else None)
