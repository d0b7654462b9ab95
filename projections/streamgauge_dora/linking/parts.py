"""Which part of a repository is which service's, where several services share one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from streamgauge.errors import SettingsError
from streamgauge_dora.facts.artifacts import name_of
from streamgauge_dora.facts.reading import repository


class Part(NamedTuple):
    """A folder of a repository, or an artifact built of it, and whose service that is."""

    service: str
    repository: str
    directory: str | None
    """With a slash at its end: ``services/cart/``."""
    artifact: str | None
    """Its name, without a version."""


Parts = Sequence[Part]


def parts_of(value: Any) -> list[Part]:
    """Read the setting ``parts`` of the plugin `dora`: a list of tables, each with `service`,
    `repository`, and `directories` or `artifacts`.

    Raises SettingsError that names the one that is wrong.
    """
    if not isinstance(value, list):
        raise SettingsError("plugins.dora.parts must be a list of tables: [[plugins.dora.parts]]")
    return [part for number, item in enumerate(value, start=1) for part in _parts(item, number)]


def _parts(item: Any, number: int) -> list[Part]:
    where = f"plugins.dora.parts, number {number}"
    known = {"service", "repository", "directories", "artifacts"}
    if not isinstance(item, Mapping) or not {"service", "repository"} <= set(item) <= known:
        raise SettingsError(f"{where}: it has service, repository, and directories or artifacts")
    service, found = item["service"], repository(item["repository"])
    if not isinstance(service, str) or not service or found is None:
        raise SettingsError(f"{where}: service and repository must be texts")
    directories, artifacts = (_texts(item, key, where) for key in ("directories", "artifacts"))
    if not directories and not artifacts:
        raise SettingsError(f"{where}: it needs directories or artifacts")
    return [
        *(Part(service, found, f"{each.strip('/')}/".lstrip("/"), None) for each in directories),
        *(Part(service, found, None, name_of(each)) for each in artifacts),
    ]


def _texts(item: Mapping[str, Any], key: str, where: str) -> list[str]:
    value = item.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise SettingsError(f"{where}: {key} must be a list of texts")
    return value
