"""From a recorded event to the cloudevents SDK's own type, which plugin authors know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from cloudevents.core.v1.event import CloudEvent

from streamgauge import json_codec
from streamgauge.cloudevents.json_format import content_of
from streamgauge.timestamps import parse_rfc3339

ACCEPTED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When an event without a time is said to have been accepted where there is no log, so that what
comes of it is the same whenever that is looked at."""

INFERRED_TIME: Final = "inferredtime"
"""The extension attribute that is True where `time` is when the event was accepted."""


class _Recorded(CloudEvent):
    """The SDK's event without the SDK's checks: what is recorded was checked on its way in."""

    @staticmethod
    def _validate_attribute(attributes: dict[str, Any]) -> None:
        pass


def to_sdk(state: bytes, recorded_at: datetime) -> CloudEvent:
    """The recorded event as the SDK's CloudEvent.

    `time` is an aware datetime of microsecond precision. The SDK would set a missing time to the
    moment of this call; the moment of acceptance, which the log keeps, is the same for ever.
    Data is the JSON value, text or bytes.
    """
    content = content_of(json_codec.decode(state))
    attributes: dict[str, Any] = dict(content.attributes)
    if "time" in attributes:
        attributes["time"] = parse_rfc3339(attributes["time"])
    else:
        attributes["time"] = recorded_at
        attributes[INFERRED_TIME] = True
    return _Recorded(attributes, content.data)
