"""Which folders of a repository are which service's, where several services share one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from streamgauge.errors import SettingsError
from streamgauge_dora.facts.reading import repository


class Part(NamedTuple):
    """A folder of a repository, and the service that is made of it."""

    service: str
    repository: str
    directory: str
    """With a slash at its end: ``services/cart/``."""


Parts = Sequence[Part]


def parts_of(value: Any) -> list[Part]:
    """Read the setting ``parts`` of the plugin `dora`: a list of tables, each with `service`,
    `repository` and `directories`.

    Raises SettingsError that names the one that is wrong.
    """
    if not isinstance(value, list):
        raise SettingsError("plugins.dora.parts must be a list of tables: [[plugins.dora.parts]]")
    return [part for number, item in enumerate(value, start=1) for part in _parts(item, number)]


def _parts(item: Any, number: int) -> list[Part]:
    where = f"plugins.dora.parts, number {number}"
    if not isinstance(item, Mapping) or set(item) != {"service", "repository", "directories"}:
        raise SettingsError(f"{where}: it needs service, repository and directories, and no more")
    service, directories = item["service"], item["directories"]
    found = repository(item["repository"])
    if not isinstance(service, str) or not service or found is None:
        raise SettingsError(f"{where}: service and repository must be texts")
    if (
        not isinstance(directories, list)
        or not directories
        or not all(isinstance(each, str) for each in directories)
    ):
        raise SettingsError(f"{where}: directories must be a list of texts")
    return [Part(service, found, f"{each.strip('/')}/".lstrip("/")) for each in directories]
