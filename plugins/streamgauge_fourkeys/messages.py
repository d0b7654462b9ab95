"""The forms in which a notification comes: as it is, or in what Pub/Sub pushes."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any, Final

from streamgauge import CloudEvent, json_codec
from streamgauge.sources import Told
from streamgauge.sources.fields import ident, mapping, text

BUILD: Final = "dev.dora.fourkeys.cloud-build"
ARGO_CD: Final = "dev.dora.fourkeys.argo-cd"
TYPES: Final = (
    BUILD,
    ARGO_CD,
    "google.cloud.cloudbuild.build.v1.statusChanged",
    "google.cloud.pubsub.topic.v1.messagePublished",
)

_Notice = dict[str, Any]


def message_in(data: object) -> _Notice | None:
    """Pub/Sub's message; None where the notification came as it is."""
    message = mapping(data, "message")
    return message if "data" in message else None


def notification_in(data: object) -> _Notice | None:
    """The build, or Argo CD's notification; None for what is no JSON object."""
    message = message_in(data)
    if message is None:
        return data if isinstance(data, dict) else None
    return _decoded(text(message, "data") or "")


@lru_cache(maxsize=16)  # the receiver and each transformer ask for the same, one after the other
def _decoded(data: str) -> _Notice | None:
    try:
        found = json_codec.decode_bounded(base64.b64decode(data, validate=True), inside=True)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def type_of(notice: _Notice) -> str | None:
    """The type of the event that a notification becomes; None for any other JSON."""
    if ident(notice, "id") is None or text(notice, "status") is None:
        return None
    # A build has hundreds of members, and none of this name.
    return ARGO_CD if "commit_sha" in notice else BUILD


def build_in(event: CloudEvent) -> tuple[_Notice, Told] | None:
    """The build that an event tells of, and who says so."""
    return _found(event, BUILD, "cloud-build")


def argo_cd_in(event: CloudEvent) -> tuple[_Notice, Told] | None:
    """The notification of Argo CD's that an event brought, and who says so."""
    return _found(event, ARGO_CD, "argo-cd")


def _found(event: CloudEvent, kind: str, source: str) -> tuple[_Notice, Told] | None:
    notice, time = notification_in(event.get_data()), event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    if notice is None or type_of(notice) != kind:
        return None
    return notice, Told(source, time)
