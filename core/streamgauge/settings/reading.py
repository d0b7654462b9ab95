"""Reading the settings: a TOML file, overridden by environment variables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import quote

from streamgauge.errors import SettingsError

PREFIX = "STREAMGAUGE_"
Kinds = Mapping[str, type]
"""What each setting is: a text, a number, true or false, a path, or a tuple of texts."""


def kinds_of(declaration: type) -> Kinds:
    """By the types of its fields; but for what is no setting of the service itself."""
    hints = get_type_hints(declaration)
    names = [each.name for each in fields(declaration) if each.name not in ("plugins", "environ")]
    return {name: _kind_of(hints[name]) for name in names}


def _kind_of(hint: Any) -> type:
    if get_origin(hint) is tuple:
        return tuple
    found = next((each for each in get_args(hint) if each is not type(None)), hint)
    assert isinstance(found, type)
    return found


def read(environ: Mapping[str, str], kinds: Kinds) -> dict[str, Any]:
    """The settings that are set, and the tables of plugins. Raises SettingsError."""
    values = _read_file(environ, kinds)
    plugins = values.setdefault("plugins", {})
    if not isinstance(plugins, dict) or not all(isinstance(v, dict) for v in plugins.values()):
        raise SettingsError("plugins must be tables: [plugins.github] and so on")
    for name, kind in kinds.items():
        text = environ.get(PREFIX + name.upper())
        # Into the pods of a namespace with a Service named streamgauge, Kubernetes puts a
        # variable STREAMGAUGE_PORT of its own: tcp://10.0.0.1:80.
        if text and not text.startswith("tcp://"):
            value = text.split(",") if kind is tuple else text
            values[name] = _convert(PREFIX + name.upper(), value, kind)
    values["database_url"] = values.get("database_url") or _database_url(environ)
    return values


def _read_file(environ: Mapping[str, str], kinds: Kinds) -> dict[str, Any]:
    named = environ.get(PREFIX + "CONFIG")
    path = Path(named or "streamgauge.toml")
    if not named and not path.exists():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the settings file {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} is not TOML: {error}") from None
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name == "plugins":
            values[name] = value
        elif name not in kinds:
            known = ", ".join(sorted(kinds))
            raise SettingsError(f"{path}: there is no setting {name!r}; there are: {known}")
        else:
            values[name] = _convert(f"{path}: {name}", value, kinds[name])
    return values


def _convert(where: str, value: object, kind: type) -> Any:
    if kind is bool:
        text = str(value).lower() if isinstance(value, bool | str) else None
        if text not in ("true", "false"):
            raise SettingsError(f"{where} must be true or false")
        return text == "true"
    if kind is int:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise SettingsError(f"{where} must be a whole number")
        try:
            return int(value)
        except ValueError:
            raise SettingsError(f"{where} must be a whole number, not {value!r}") from None
    if kind is tuple:
        return _texts(where, value)
    if not isinstance(value, str):
        raise SettingsError(f"{where} must be text")
    return Path(value).expanduser() if kind is Path else value


def _texts(where: str, value: object) -> tuple[str, ...]:
    """One text or a list of them. The errors do not repeat the texts: they may be secrets.

    An empty one is an error: a list of tokens must not become no tokens by a slip.
    """
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in values):
        raise SettingsError(f"{where} must be a text or a list of texts")
    texts = tuple(str(text).strip() for text in values)
    if "" in texts:
        raise SettingsError(f"{where} holds an empty text")
    return texts


def _database_url(environ: Mapping[str, str]) -> str | None:
    """`DATABASE_URL`, else what the proof of concept read: POSTGRESQL_HOST and POSTGRESQL_PASS."""
    if url := environ.get("DATABASE_URL"):
        return url
    if host := environ.get("POSTGRESQL_HOST"):
        password = quote(environ.get("POSTGRESQL_PASS", ""), safe="")
        return f"postgresql://postgres:{password}@{host}:5432/postgres"
    return None
