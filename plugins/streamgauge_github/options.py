"""The settings of this plugin: the table ``[plugins.github]`` or ``STREAMGAUGE_GITHUB_*``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings
from streamgauge.webhooks import secrets_of

_YES = {"true", "1", "yes"}
_NO = {"false", "0", "no"}
_LABELS = frozenset({"incident"})
_ENVIRONMENT = "production"


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for GitHub."""

    secrets: tuple[bytes, ...] = ()
    """The webhook secrets that are valid, the newest first."""
    allow_unsigned: bool = False
    """Whether a webhook is taken unchecked while there is no secret."""
    incident_labels: frozenset[str] = _LABELS
    """The labels that make an issue an incident, case-folded."""
    incident_environment: str = _ENVIRONMENT
    """Where an incident is said to be: CDEvents asks for it and an issue does not know."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    values = settings.for_plugin("github")
    return Options(
        secrets=tuple(secrets_of(_texts(values, "secret"))),
        allow_unsigned=_yes_or_no(values, "allow_unsigned"),
        incident_labels=_labels(values),
        incident_environment=_environment(values),
    )


def _texts(values: Mapping[str, Any], name: str) -> list[str]:
    value = values.get(name, [])
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in found):
        raise SettingsError(f"plugins.github.{name} must be text or a list of texts")
    return found


def _yes_or_no(values: Mapping[str, Any], name: str) -> bool:
    value = values.get(name, False)
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else None
    if word not in _YES | _NO:
        raise SettingsError(f"plugins.github.{name} must be true or false, not {value!r}")
    return word in _YES


def _labels(values: Mapping[str, Any]) -> frozenset[str]:
    if "incident_labels" not in values:
        return _LABELS
    value = values["incident_labels"]
    # The environment has no lists: commas part the labels there.
    found = value.split(",") if isinstance(value, str) else _texts(values, "incident_labels")
    return frozenset(label.strip().casefold() for label in found if label.strip())


def _environment(values: Mapping[str, Any]) -> str:
    value = values.get("incident_environment", _ENVIRONMENT)
    if not isinstance(value, str) or not value.strip():
        raise SettingsError("plugins.github.incident_environment must be the name of one")
    return value.strip()
