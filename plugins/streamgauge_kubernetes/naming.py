"""The operator's settings: which cluster this is, and what its namespaces and workloads are called.

[plugins.kubernetes]
cluster = "prod-eu"
[plugins.kubernetes.environments]
"shop-*" = "production"
[plugins.kubernetes.services]
"shop/web" = "checkout"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from streamgauge import CloudEvent
from streamgauge.errors import SettingsError
from streamgauge_kubernetes.accessors import text

_CHARACTERS = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@/{}]|%[0-9A-Fa-f]{{2}})*"
_PATH, _PATH_WITHOUT_COLON = _CHARACTERS.format(":"), _CHARACTERS.format("")
_REST = rf"(?:\?{_CHARACTERS.format(':?')})?(?:#{_CHARACTERS.format(':?')})?"
# As much of RFC 3986 as names of clusters need; what does not match is percent-encoded.
_URI_REFERENCE = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.\-]*:(?://\[[0-9A-Fa-f:.]+\](?=[:/?#]|$))?"
    rf"{_PATH}|/{_PATH}|{_PATH_WITHOUT_COLON}){_REST}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which cluster an event is from."""

    name: str | None
    """As the event or the settings say; None where neither does."""
    source: str
    """The name as a URI reference, else the event's own source."""


@dataclass(frozen=True, slots=True)
class Naming:
    """The settings, read and checked."""

    cluster: str | None = None
    environments: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, values: Mapping[str, Any]) -> Naming:
        """Read `cluster`, `environments` and `services`. Raises SettingsError."""
        cluster = values.get("cluster")
        if cluster is not None and not isinstance(cluster, str):
            raise SettingsError(f"plugins.kubernetes.cluster must be text, not {cluster!r}")
        return cls(
            text(cluster),
            _table("environments", values.get("environments")),
            {
                pattern.strip("/"): name
                for pattern, name in _table("services", values.get("services")).items()
            },
        )

    def cluster_of(self, event: CloudEvent) -> Cluster:
        """The cluster that the event names in the extension `cluster`, else the settings'."""
        extension = event.get_extension("cluster")
        named = text(None if extension is None else str(extension)) or self.cluster
        return Cluster(named, uri_reference(named or event.get_source()))

    def environment(self, cluster: Cluster, namespace: str) -> str:
        """The environment that a namespace belongs to: itself, where no entry matches.

        An entry for exactly this namespace goes first, then the patterns in their order.
        """
        name = cluster.name or ""
        for exact in (f"{name}/{namespace}", namespace):
            if exact in self.environments:
                return self.environments[exact]
        for pattern, environment in self.environments.items():
            cluster_pattern, slash, namespace_pattern = pattern.rpartition("/")
            if fnmatchcase(namespace, namespace_pattern) and (
                not slash or _is_or_matches(name, cluster_pattern)
            ):
                return environment
        return namespace

    def service(self, namespace: str, workload: str, container: str | None = None) -> str:
        """The subject's id: a name from the settings, else ``/namespace/workload``.

        A further container of the pod has an entry ``namespace/workload/container`` of its own or
        is named after the workload's service.
        """
        if container is None:
            return self._service((namespace, workload)) or f"/{namespace}/{workload}"
        return (
            self._service((namespace, workload, container))
            or f"{self.service(namespace, workload)}/{container}"
        )

    def _service(self, path: tuple[str, ...]) -> str | None:
        exact = "/".join(path)
        if exact in self.services:
            return self.services[exact]
        for pattern, service in self.services.items():
            parts = pattern.split("/")
            if len(parts) == len(path) and all(map(fnmatchcase, path, parts)):
                return service
        return None


@lru_cache(maxsize=1024)
def uri_reference(name: str) -> str:
    """`name` if it is a URI reference, else percent-encoded until it is one.

    ``10.0.0.1:6443`` is none: what stands before a colon would have to be a scheme.
    """
    return name if _URI_REFERENCE.fullmatch(name) else quote(name, safe="/")


def _is_or_matches(name: str, pattern: str) -> bool:
    # A cluster may be named by a URL, whose brackets a pattern would read as a choice.
    return name == pattern or fnmatchcase(name, pattern)


def _table(setting: str, value: object) -> dict[str, str]:
    """A table of the file, or the text ``key=value,key=value`` of the environment."""
    where = f"plugins.kubernetes.{setting}"
    if value is None:
        return {}
    if isinstance(value, str):
        value = dict(_pair(where, part) for part in value.split(",") if part.strip())
    if not isinstance(value, Mapping):
        raise SettingsError(f"{where} must be a table, or text like 'shop=production,dev=test'")
    table = {}
    for key, name in value.items():
        pattern, checked = text(key), text(name)
        if pattern is None or checked is None:
            raise SettingsError(f"{where}: {key!r} must stand for a name, not {name!r}")
        table[pattern] = checked
    return table


def _pair(where: str, part: str) -> tuple[str, str]:
    key, equals, name = part.partition("=")
    if not equals:
        raise SettingsError(f"{where}: {part.strip()!r} is not of the form key=value")
    return key.strip(), name.strip()
