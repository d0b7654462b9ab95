"""The paths that plugins bring, as the router takes them."""

from __future__ import annotations

from collections.abc import Mapping

from streamgauge.paths import fields_of
from streamgauge_http.operations import Parameter


class MountedPath:
    """One template of a plugin.

    Falcon wants the fields of all templates that begin alike to have the same names. Plugins do
    not know of each other, so a field is named by its place here, and gets its own name back.
    """

    def __init__(self, template: str) -> None:
        self._names = {f"part{place}": name for place, name in fields_of(template).items()}
        places = {name: part for part, name in self._names.items()}
        self.template = template.format_map({name: f"{{{part}}}" for name, part in places.items()})

    def parameters(self, values: Mapping[str, str]) -> dict[str, str]:
        """The parts of a path that the router has found, under the template's own names."""
        return {self._names[part]: value for part, value in values.items()}

    def declared(self) -> tuple[Parameter, ...]:
        """The parts of the path that are parameters."""
        return tuple(
            Parameter(part, f"{name}, of the plugin's own.", place="path")
            for part, name in self._names.items()
        )
