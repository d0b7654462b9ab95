"""Packages: artifact.published for what GitHub's registries took in.

GitHub tells of one version by both ``package`` and ``registry_package``, so the identity is the
package's URL: both, and a second delivery of either, give the same CDEvent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from packageurl import PackageURL

from streamgauge import CDEvent
from streamgauge.sources.fields import instant, path, sha, text, url, word
from streamgauge_github.notice import Notice

_DIGEST = re.compile(r"[a-z0-9]+:[0-9a-f]{32,}")
_REVISION = "org.opencontainers.image.revision"
# Registries whose names are also package URL types. Maven is none of them: GitHub joins group
# and artifact by a dot, and where to part them again cannot be told.
_TYPES = {"npm": "npm", "rubygems": "gem", "nuget": "nuget", "docker": "docker"}


def package(notice: Notice) -> list[CDEvent]:
    """One event for a version of a package, or for one tag of a container image."""
    thing = path(notice.data, notice.event)
    version = path(thing, "package_version")
    if notice.action != "published" or text(thing, "name") is None:
        return []
    container = path(version, "container_metadata")
    if isinstance(container, Mapping):
        subject, tag = _image(thing, version), text(container, "tag", "name")
        if tag is None:
            return []  # a layer, or a platform's part of an image: the tagged one follows
    else:
        subject, tag = _other(notice, thing, version), None
    if subject is None:
        return []
    commit = _commit(version)
    return [
        notice.told.occurrence(
            "artifact.published",
            *(subject, "published"),
            at=_time(thing, version),
            subject=subject,
            content={"user": text(version, "author", "login")},
            commit=commit,
            branch=None if sha(version, "target_commitish") else text(version, "target_commitish"),
            tag=text(version, "release", "tag_name") or text(version, "tag_name"),
            url=url(version, "html_url") or url(thing, "html_url"),
            imageTag=tag,
            digest=_digest(version) if tag else None,
        )
    ]


def _image(thing: object, version: object) -> str | None:
    """The package URL of a container image, by digest."""
    digest = _digest(version)
    # ghcr.io/Owner/name:tag, and a registry's own paths are lower case.
    reference = (text(version, "package_url") or "").lower()
    head, _, last = reference.rpartition("/")
    name = last.partition("@")[0].partition(":")[0] or (text(thing, "name") or "").lower()
    if digest is None or not name.strip("/"):
        return None
    qualifiers = {
        "repository_url": f"{head}/{name}" if head else "",
        "tag": text(version, "container_metadata", "tag", "name") or "",
    }
    return PackageURL(
        "oci", None, name, digest, {key: value for key, value in qualifiers.items() if value}
    ).to_string()


def _other(notice: Notice, thing: object, version: object) -> str | None:
    name = (text(thing, "name") or "").strip("/ ")
    number = text(version, "version")
    if not name or number is None:
        return None
    owner = text(thing, "owner", "login") or notice.repository.owner
    kind = _TYPES.get(word(thing, "package_type"), "generic")
    # GitHub's npm registry has each package under its owner's scope, and none outside of one.
    namespace = {"npm": f"@{owner.lower()}", "gem": None, "nuget": None}.get(kind, owner)
    return PackageURL(kind, namespace, name, number).to_string()


def _digest(version: object) -> str | None:
    for keys in (
        ("container_metadata", "tag", "digest"),
        ("container_metadata", "manifest", "digest"),
        ("version",),
    ):
        digest = text(version, *keys)
        if digest is not None and _DIGEST.fullmatch(digest):
            return digest
    return None


def _commit(version: object) -> str | None:
    """The commit it was built from: the image's label, else what GitHub noted."""
    return (
        sha(version, "container_metadata", "labels", "revision")
        or sha(version, "container_metadata", "labels", "all_labels", _REVISION)
        or sha(version, "target_oid")
        or sha(version, "target_commitish")
    )


def _time(thing: object, version: object) -> datetime | None:
    return (
        instant(version, "created_at")
        or instant(version, "updated_at")
        or instant(thing, "updated_at")
    )
