"""The events of the subject `artifact`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from streamgauge.cdevents.building import More, build_event, ref
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.shapes import Ref, Sbom


def packaged(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    change: str | Ref,
    sbom: Sbom | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """An artifact was built and packaged, and can be published or used.

    - `change`: an id, or a Ref that says whose id it is
    - `sbom`: a Sbom

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1 (`sbom` since 0.4.1). Raises InvalidCDEvent, with
    the place, for what the release does not allow.
    """
    content = {
        "change": ref(change),
        "sbom": sbom,
    }
    return build_event("artifact.packaged", id, source, timestamp, subject_id, content, **more)


def published(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    sbom: Sbom | None = None,
    user: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """An artifact was put where others can get it.

    - `sbom`: a Sbom
    - `user`: any text but an empty one

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1 (`sbom` since 0.4.1, `user` since 0.4.1). Raises
    InvalidCDEvent, with the place, for what the release does not allow.
    """
    content = {
        "sbom": sbom,
        "user": user,
    }
    return build_event("artifact.published", id, source, timestamp, subject_id, content, **more)


def signed(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    signature: str,
    **more: Unpack[More],
) -> CDEvent:
    """An artifact was signed.

    - `signature`: any text but an empty one

    In releases 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release
    does not allow.
    """
    content = {
        "signature": signature,
    }
    return build_event("artifact.signed", id, source, timestamp, subject_id, content, **more)


def downloaded(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    user: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """An artifact was fetched from where it is kept.

    - `user`: any text but an empty one

    In releases 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release does not
    allow.
    """
    content = {
        "user": user,
    }
    return build_event("artifact.downloaded", id, source, timestamp, subject_id, content, **more)


def deleted(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    user: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """An artifact was removed from where it was kept.

    - `user`: any text but an empty one

    In releases 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release does not
    allow.
    """
    content = {
        "user": user,
    }
    return build_event("artifact.deleted", id, source, timestamp, subject_id, content, **more)
