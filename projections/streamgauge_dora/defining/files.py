"""Where definitions are: those that ship, and those of a folder or a file of the user's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from streamgauge.errors import InvalidQuery, SettingsError
from streamgauge.settings import Settings
from streamgauge_dora.defining.definition import Definition

DEFAULT: Final = "dora2025"
_DEEPEST: Final = 8


class Definitions:
    """The definitions by name.

    The plugin's setting ``definition`` names the one that is used where a question names none, or
    is the path of a file; the setting ``definitions`` is a folder of more. Files are read again
    when they are needed: who edits one need not restart anything.
    """

    def __init__(self, settings: Settings) -> None:
        values = settings.for_plugin("dora")
        self.configured = str(values.get("definition", DEFAULT))
        folder = values.get("definitions")
        self._folder = None if folder is None else Path(str(folder)).expanduser()

    def names(self) -> Sequence[str]:
        """All that a question may name."""
        return sorted({*_names(_shipped()), *self._own()})

    def document(self) -> dict[str, Any]:
        """The configured one, complete. Raises SettingsError with the file and what is wrong."""
        return self._read(self.configured)

    def named(self, name: str) -> Definition:
        """The one that a question names. Raises InvalidQuery where there is none, or where its file
        is wrong: with what is wrong, and the names of those that can be used."""
        reason = f"there is no definition {name[:40]!r}"
        if name in self.names():
            try:
                return Definition.read(self._read(name))
            except SettingsError as error:
                # Who asks need not know where the folder is.
                reason = str(error).replace(f"{self._folder}/", "")
        elif _is_path(self.configured):
            configured = self._readable(self.configured)
            if configured is not None and configured["name"] == name:
                return Definition.read(configured)
        usable = [each for each in self.names() if self._readable(each)]
        raise InvalidQuery(reason, where="definition", allowed=usable)

    def _readable(self, name: str) -> dict[str, Any] | None:
        try:
            return self._read(name)
        except SettingsError:
            return None

    def _read(self, name: str) -> dict[str, Any]:
        """The document with what it is based on filled in. Raises SettingsError."""
        file, document = self._load(name)
        found, base = document, document.get("based_on", DEFAULT)
        for _ in range(_DEEPEST):
            if document.get("name") == DEFAULT and "based_on" not in document:
                break
            _, document = self._load(str(base))
            base = document.get("based_on", DEFAULT)
            found = _over(document, found)
        else:
            raise SettingsError(
                f"the definition {file}: what it is based on goes round in a circle"
            )
        found.pop("based_on", None)
        try:
            Definition.read(found)
        except ValueError as error:
            raise SettingsError(f"the definition {file}: {error}") from None
        return found

    def _load(self, name: str) -> tuple[Traversable, dict[str, Any]]:
        file = self._file(name)
        try:
            document = tomllib.loads(file.read_text("utf-8"))
        except OSError as error:
            raise SettingsError(f"the definition {file}: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"the definition {file} is not TOML: {error}") from None
        for key in ("name", "title"):
            if not isinstance(document.get(key), str):
                raise SettingsError(f"the definition {file} needs a text {key!r}")
        if not _is_path(name) and document["name"] != name:
            raise SettingsError(
                f"the definition {file} calls itself {document['name']!r}; it is asked for by the "
                f"name of its file, so both must be the same"
            )
        return file, document

    def _file(self, name: str) -> Traversable:
        if _is_path(name):
            return Path(name).expanduser()
        if name in self._own() and self._folder is not None:
            return self._folder / f"{name}.toml"
        file = _shipped().joinpath(f"{name}.toml")
        if not file.is_file():
            raise SettingsError(
                f"there is no definition {name!r}; there are: {', '.join(self.names())}; "
                "or give the path of a file, such as ./ours.toml"
            )
        return file

    def _own(self) -> set[str]:
        if self._folder is None:
            return set()
        if not self._folder.is_dir():
            raise SettingsError(f"plugins.dora.definitions: {self._folder} is no folder")
        return _names(self._folder)


def _shipped() -> Traversable:
    return files("streamgauge_dora").joinpath("definitions")


def _names(folder: Traversable) -> set[str]:
    return {f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")}


def _is_path(name: str) -> bool:
    return "/" in name or name.endswith(".toml")


def _over(base: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """`document` on top of `base`: tables that say which formula or which bands replace the whole
    table, others only what they name."""
    merged = dict(base)
    for key, value in document.items():
        old = base.get(key)
        whole = not isinstance(value, Mapping) or "formula" in value or key == "bands"
        merged[key] = value if whole or not isinstance(old, Mapping) else {**old, **value}
    return merged
