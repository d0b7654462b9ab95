"""What Argo CD synchronises from: commits of a configuration, and versions of charts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from streamgauge.sources import artifact, repository_at
from streamgauge.sources.fields import items, mapping, path, sha, text, texts

_SHORT = 12


@dataclass(frozen=True, slots=True)
class Origin:
    """One source of an Application, at a revision."""

    repository: str | None
    revision: str
    chart: str | None

    @property
    def package_url(self) -> str | None:
        """To be read. A commit is shortened, or it would be taken for the application's."""
        if self.chart is not None:
            return f"pkg:helm/{quote(self.chart, safe='')}@{quote(self.revision, safe='')}"
        if self.repository is None:
            return None
        named = repository_at(self.repository)
        commit = sha(self.revision)
        version = self.revision if commit is None else commit[:_SHORT]
        return artifact(named.name or named.address, version)

    @property
    def document(self) -> dict[str, str]:
        """For customData, where nothing reads it as the application's commit."""
        found = {"repository": self.repository, "revision": self.revision, "chart": self.chart}
        return {name: value for name, value in found.items() if value is not None}


def origins_in(app: object) -> tuple[Origin, ...]:
    """What the last operation synchronised, else what it was to, else what the spec asks for."""
    status = path(app, "status")
    state = path(status, "operationState")
    for sources, revisions in (
        (path(state, "syncResult"), path(state, "syncResult")),
        (path(app, "spec"), path(state, "operation", "sync")),
        (path(app, "spec"), path(status, "sync")),
    ):
        if found := tuple(_paired(_sources(sources), revisions_in(revisions))):
            return found
    named = _sources(path(app, "spec"))
    return tuple(_paired(named, tuple(text(each, "targetRevision") or "" for each in named)))


def revisions_in(data: object) -> tuple[str, ...]:
    """The revisions of all sources, or that of the only one."""
    several = tuple(texts(data, "revisions"))
    one = text(data, "revision")
    return several or (() if one is None else (one,))


def _sources(data: object) -> list[dict[str, Any]]:
    several = [mapping(each) for each in items(data, "sources")]
    one = mapping(data, "source")
    return several or ([one] if one else [])


def _paired(sources: list[dict[str, Any]], revisions: tuple[str, ...]) -> Iterator[Origin]:
    for source, revision in zip(sources, revisions, strict=False):
        if revision:
            address = text(source, "repoURL")
            yield Origin(
                None if address is None else repository_at(address.strip()).address,
                revision.strip(),
                text(source, "chart"),
            )
