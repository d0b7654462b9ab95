"""Events that a handler could not handle: parked with the reason, retried or skipped on request."""

from streamgauge.processors.dead_letters.attending import (
    check_open,
    find,
    listed,
    request_retry,
    skip,
    with_event,
)
from streamgauge.processors.dead_letters.letter import (
    CHANNEL,
    OPEN,
    AlreadyHandled,
    DeadLetter,
    Failure,
    Status,
    Stopped,
)
from streamgauge.processors.dead_letters.parking import (
    is_queued,
    of_events,
    park,
    parked,
    queued,
    queued_at,
    settle,
    skip_as,
    skipped,
    unblock,
)

__all__ = [
    "CHANNEL",
    "OPEN",
    "AlreadyHandled",
    "DeadLetter",
    "Failure",
    "Status",
    "Stopped",
    "check_open",
    "find",
    "is_queued",
    "listed",
    "of_events",
    "park",
    "parked",
    "queued",
    "queued_at",
    "request_retry",
    "settle",
    "skip",
    "skip_as",
    "skipped",
    "unblock",
    "with_event",
]
