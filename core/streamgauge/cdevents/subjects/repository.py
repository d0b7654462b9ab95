"""The events of the subject `repository`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from streamgauge.cdevents.building import More, build_event
from streamgauge.cdevents.event import CDEvent


def created(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    name: str,
    uri: str,
    owner: str | None = None,
    view_url: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A repository is there that was not there before.

    - `name`: any text but an empty one
    - `uri`: a URI with its scheme
    - `owner`: any text
    - `view_url`: a URI with its scheme

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "name": name,
        "uri": uri,
        "owner": owner,
        "viewUrl": view_url,
    }
    return build_event("repository.created", id, source, timestamp, subject_id, content, **more)


def modified(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    name: str | None = None,
    owner: str | None = None,
    uri: str | None = None,
    view_url: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """What describes a repository has changed, such as its name.

    - `name`: any text
    - `owner`: any text
    - `uri`: a URI with its scheme
    - `view_url`: a URI with its scheme

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "name": name,
        "owner": owner,
        "uri": uri,
        "viewUrl": view_url,
    }
    return build_event("repository.modified", id, source, timestamp, subject_id, content, **more)


def deleted(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    name: str | None = None,
    owner: str | None = None,
    uri: str | None = None,
    view_url: str | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A repository is gone.

    - `name`: any text
    - `owner`: any text
    - `uri`: a URI with its scheme
    - `view_url`: a URI with its scheme

    In releases 0.1.2, 0.2.0, 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what
    the release does not allow.
    """
    content = {
        "name": name,
        "owner": owner,
        "uri": uri,
        "viewUrl": view_url,
    }
    return build_event("repository.deleted", id, source, timestamp, subject_id, content, **more)
