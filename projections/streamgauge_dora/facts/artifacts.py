"""Artifacts: what was built or published, and of which commit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from packageurl import PackageURL

from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge_dora.facts.reading import member, name, repository_of, sha, text
from streamgauge_dora.facts.table import FactTable

KINDS: Final = {"artifact.packaged": "packaged", "artifact.published": "published"}

# The colon of a digest is written as it is or encoded, by one tool or the other.
_DIGEST: Final = re.compile(r"sha256(?::|%3[aA])([0-9a-fA-F]{64})")
_COMMIT: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")

TABLE: Final = FactTable(
    "artifact_events",
    (
        ("tenant", "text", True),
        ("artifact", "text", False),  # what identifies it: its digest, else its name and version
        ("artifact_id", "text", True),
        ("name", "text", False),  # without the version: what all versions of it are called
        ("kind", "text", True),
        ("at", "timestamptz", True),
        ("commit_sha", "text", False),
        ("repository", "text", False),
        ("change_id", "text", False),
        ("event_key", "uuid", True),
        ("position", "bigint", True),
    ),
    """
    create index on {artifact_events} (artifact);
    create index on {artifact_events} (commit_sha);
    create index on {artifact_events} (position);
    """,
)


def rows(recorded: RecordedCDEvent, event: Any) -> Iterator[tuple[Any, ...]]:
    """One row; two where the event has a digest that its id has not."""
    extra = event.custom_data
    artifact = identity(event.subject_id)
    digest = _DIGEST.fullmatch(text(extra.get("digest")) or "")
    for each in dict.fromkeys((artifact, f"sha256:{digest[1].lower()}" if digest else artifact)):
        yield (
            recorded.tenant,
            each,
            text(event.subject_id),
            name_of(event.subject_id),
            KINDS[recorded.kind],
            event.timestamp,
            sha(extra.get("commit")),
            repository_of(event.content, extra),
            name(member(event.content, "change", "id")),
            recorded.key_bytes,
            recorded.position,
        )


def identity(artifact_id: object) -> str | None:
    """What two ids of one artifact have in common: the digest, else the name and the version.

    Package URLs are not compared as texts: one tool encodes the colon of a digest, another leaves
    the image's name out of `repository_url`.
    """
    found = text(artifact_id)
    if found is None:
        return None
    digest = _DIGEST.search(found) if "sha256" in found else None
    return f"sha256:{digest[1].lower()}" if digest else _named(found)


def commit_in(artifact_id: object) -> str | None:
    """The commit that an artifact is named by: ``pkg:github/acme/shop@<commit>``, or an image's
    tag that is, or ends with, a whole commit id."""
    found = text(artifact_id)
    if found is None or ("sha256" in found and "tag=" not in found):
        return None
    return _commit_in(found)


def name_of(artifact_id: object) -> str | None:
    """What all versions of an artifact are called: ``oci:registry.example/shop``."""
    found = text(artifact_id)
    return None if found is None else _parsed(found)[0]


# Few are deployed only once: there are several environments.
@lru_cache(maxsize=4096)
def _named(artifact_id: str) -> str | None:
    return name("@".join(map(str, _parsed(artifact_id))))


@lru_cache(maxsize=4096)
def _commit_in(artifact_id: str) -> str | None:
    match = _COMMIT.search(_DIGEST.sub("", artifact_id).lower())
    return match[0] if match else None


@lru_cache(maxsize=4096)
def _parsed(artifact_id: str) -> tuple[str | None, str]:
    """The name and the version."""
    try:
        purl = PackageURL.from_string(artifact_id)
    except ValueError:
        return name(artifact_id), ""
    qualifiers: Mapping[str, str] = dict(purl.qualifiers)
    where = qualifiers.get("repository_url", "").removesuffix(f"/{purl.name}")
    parts = (where.partition("://")[2] or where, purl.namespace, purl.name)
    named = f"{purl.type}:{'/'.join(part for part in parts if part)}"
    return name(named.lower()), (purl.version or qualifiers.get("tag", "")).lower()
