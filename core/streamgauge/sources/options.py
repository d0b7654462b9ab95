"""Reading a plugin's settings: the table ``[plugins.NAME]`` or ``STREAMGAUGE_NAME_*``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings

_YES = {"true", "1", "yes"}
_NO = {"false", "0", "no"}


class Options:
    """The settings of one plugin, each read as what it should be.

    Everything raises SettingsError, which names the setting and what it should be, and never
    repeats a value: it may be a secret.
    """

    def __init__(self, settings: Settings, plugin: str) -> None:
        self.plugin = plugin
        self._values = settings.for_plugin(plugin)
        self._from_environment = settings.from_environment(plugin)

    def text(self, name: str, default: str) -> str:
        """A text that says something."""
        value = self._values.get(name, default)
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.wrong(name, "text")
        return value.strip()

    def maybe(self, name: str) -> str | None:
        """A text, or None where it is not set."""
        return self.text(name, "") if name in self._values else None

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A text or a list of them; the environment has no lists, so commas part them there."""
        if name not in self._values:
            return default
        value = self._values[name]
        found = value.split(",") if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.wrong(name, "text or a list of texts")
        return tuple(item.strip() for item in found if item.strip())

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self._values.get(name, default)
        if isinstance(value, bool):
            return value
        word = value.strip().lower() if isinstance(value, str) else None
        if word not in _YES | _NO:
            raise self.wrong(name, "true or false")
        return word in _YES

    def table(self, name: str) -> dict[str, str]:
        """A table of texts by texts; empty where it is not set. Only the file can have one."""
        value = self._values.get(name, {})
        if not isinstance(value, dict) or not all(
            isinstance(each, str) and each.strip() and each.isprintable() for each in value.values()
        ):
            raise self.wrong(name, f"a table of texts, [plugins.{self.plugin}.{name}]")
        return {str(key): each.strip() for key, each in value.items()}

    def secrets(self, name: str = "secret") -> tuple[bytes, ...]:
        """The secrets that are valid, the newest first; several while one is being changed.

        In the file a text is one secret, commas and all. In the environment commas part them, as
        in every list there, and white space around one is none of it: what mounts a secret often
        adds the end of a line.
        """
        value: Any = self._values.get(name, [])
        if name in self._from_environment and isinstance(value, str):
            return tuple(part.strip().encode() for part in value.split(",") if part.strip())
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in found):
            raise self.wrong(name, "text or a list of texts")
        if any(item and not item.strip() for item in found):
            raise self.wrong(name, "a secret; white space is none")
        return tuple(item.encode() for item in found if item)

    def names(self, name: str) -> Names:
        """A table of patterns and names."""
        return Names(self.table(name))

    def wrong(self, name: str, wanted: str) -> SettingsError:
        """The error for a setting that is not what it should be."""
        return SettingsError(f"plugins.{self.plugin}.{name} must be {wanted}")


@dataclass(frozen=True, slots=True)
class Names:
    """What a tool calls a thing, to what it shall be called.

    A key may be a pattern as a shell has them, ``shop-*``. A key for exactly the name goes first,
    then the patterns in their order.
    """

    table: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str | None:
        """What `name` shall be called; None where no entry matches."""
        if (exact := self.table.get(name)) is not None:
            return exact
        for pattern, called in self.table.items():
            if fnmatchcase(name, pattern):
                return called
        return None
