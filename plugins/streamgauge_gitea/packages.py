"""Packages: artifact.published for what the registry took in, artifact.deleted for what went."""

from __future__ import annotations

import re

from packageurl import PackageURL

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import Told, parse_image
from streamgauge.sources.fields import ident, path, stamp, text, url, word
from streamgauge_gitea.notice import when
from streamgauge_gitea.repository import repository_of

_PAGE = re.compile(r"(https?://([^/]+).*?)/([^/]+)/-/packages/.*", re.ASCII)
_DONE = {"created": "published", "deleted": "deleted"}
# Registries whose names are package URL types too, or have one.
_TYPES = {
    "cargo": "cargo",
    "composer": "composer",
    "go": "golang",
    "npm": "npm",
    "nuget": "nuget",
    "pub": "pub",
    "pypi": "pypi",
    "rubygems": "gem",
}


def package(event: CloudEvent) -> list[CDEvent]:
    """One event for a version of a package, or for one tag of a container image."""
    thing, time = path(event.get_data(), "package"), event.get_time()
    done = _DONE.get(word(event.get_data(), "action"))
    subject = _package_url(thing)
    if done is None or subject is None or time is None:
        return []
    repository, page = repository_of(event.get_data()), url(thing, "html_url") or ""
    at = when(thing, "created_at")
    user = text(event.get_data(), "sender", "login")
    return [
        Told(page if repository is None else repository.page, time).occurrence(
            f"artifact.{done}",
            # A version can be deleted and made again.
            *(subject, done, ident(thing, "id") or "", stamp(at)),
            at=at if done == "published" else None,
            subject=subject,
            content={"user": user},
            repository=None if repository is None else repository.page,
            url=page,
            packageType=text(thing, "type"),
            imageTag=text(thing, "version") if word(thing, "type") == "container" else None,
        )
    ]


def _package_url(thing: object) -> str | None:
    """None for what has no name, and for an image without a tag: a part of the one that has one."""
    name, version = text(thing, "name"), text(thing, "version")
    found = _PAGE.fullmatch(url(thing, "html_url") or "")
    name = (name or "").strip("/ ")
    if found is None or not name or version is None:
        return None
    root, host, owner = found.groups()
    kind = word(thing, "type")
    if kind == "container":
        if ":" in version:
            return None
        return parse_image(f"{host}/{owner}/{name}:{version}".lower()).package_url
    registry = {"repository_url": f"{root}/api/packages/{owner}/{kind or 'generic'}"}
    if kind not in _TYPES:
        return PackageURL("generic", owner, name, version, registry).to_string()
    namespace, _, last = name.rpartition("/")
    return PackageURL(_TYPES[kind], namespace or None, last, version, registry).to_string()
