"""The calls that DevLake has, where they are sent, and the CloudEvent types they become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

DEPLOYMENT: Final = "com.devlake.webhook.deployment"
ISSUE: Final = "com.devlake.webhook.issue"
CLOSE: Final = "com.devlake.webhook.issue-close"

_ROOT = "/plugins/webhook"
# What DevLake's user interface and its nginx put before a path, or take away.
_PREFIXES = ("", "/api", "/rest", "/api/rest")
_SCOPES = (
    f"{_ROOT}/connections/{{connection}}",
    f"{_ROOT}/connections/by-name/{{webhook}}",
    f"{_ROOT}/projects/{{project}}",
    f"{_ROOT}/{{connection}}",  # as it was before DevLake 0.19, and still is
)
_CALLS = ("/deployments", "/issues", "/issue/{key}/close")
PATHS: Final = tuple(
    prefix + scope + call for prefix in _PREFIXES for scope in _SCOPES for call in _CALLS
)

_FOLDERS: Final = {
    "connection": f"{_ROOT}/connections",
    "webhook": f"{_ROOT}/connections/by-name",
    "project": f"{_ROOT}/projects",
}
_SOURCE = re.compile(rf"({'|'.join(_FOLDERS.values())})/([^/]+)")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a call is made for: a webhook's connection by its number or name, or a project."""

    kind: str
    """``connection``, ``webhook`` or ``project``."""
    name: str

    @property
    def source(self) -> str:
        """DevLake's path of it, the source of its events, whichever path a call came in by."""
        return f"{_FOLDERS[self.kind]}/{quote(self.name, safe='')}"

    def issue(self, key: str) -> str:
        """What one of its issues is called over its whole life: a URI, ``devlake:1:DLK-12``."""
        folder = {"connection": "", "webhook": "by-name/", "project": "projects/"}[self.kind]
        return f"devlake:{folder}{quote(self.name, safe='')}:{quote(key, safe='')}"


def scope_in(parts: Mapping[str, str]) -> Scope | None:
    """The scope that the parts of a path name; None where they name none that could be one."""
    for kind in _FOLDERS:
        if kind in parts:
            return _scope(kind, parts[kind])
    return None


def scope_of(source: str) -> Scope | None:
    """The scope whose source this is; None for the source of something else."""
    match = _SOURCE.fullmatch(source)
    if match is None:
        return None
    folder, name = match.groups()
    return _scope(next(kind for kind, path in _FOLDERS.items() if path == folder), unquote(name))


def _scope(kind: str, name: str) -> Scope | None:
    return Scope(kind, name) if name.strip() and name.isprintable() else None
