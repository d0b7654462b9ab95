"""GitLab's ids of projects and groups, as the repositories that we know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamgauge.errors import SettingsError
from streamgauge_dora.gitlab_api.refusals import not_found


class Projects:
    """Settings of the plugin `dora`: ``gitlab_host``, on which the repositories are, any where it
    is not set; ``gitlab_projects`` and ``gitlab_groups``, numbers with the paths that they stand
    for."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Raises SettingsError for what is no such text or table."""
        host = values.get("gitlab_host", "*")
        if not isinstance(host, str) or not host or "/" in host:
            raise SettingsError("plugins.dora.gitlab_host must be a host, such as gitlab.example")
        self._host = host
        self._paths = {
            "Project": _paths(values, "gitlab_projects"),
            "Group": _paths(values, "gitlab_groups"),
        }

    def repositories(self, what: str, identity: str) -> str:
        """The filter of a Project's repository, or of those below a Group. Raises Refused."""
        path = identity.strip("/")
        if path.isdecimal():
            path = self._paths[what].get(path, "")
        if not path or "*" in path:
            raise not_found(what)
        return f"{self._host}/{path}" + ("/**" if what == "Group" else "")


def _paths(values: Mapping[str, Any], key: str) -> Mapping[str, str]:
    table = values.get(key, {})
    if not isinstance(table, Mapping) or not all(
        isinstance(path, str) and number.isdecimal() for number, path in table.items()
    ):
        raise SettingsError(f'plugins.dora.{key} must be a table such as "42" = "group/project"')
    return {number: path.strip("/") for number, path in table.items()}
