"""What a failure is before it is parked, and a dead letter as it stands in the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.sql import SQL, Identifier

from streamgauge.errors import StreamgaugeError
from streamgauge.timestamps import format_rfc3339

CHANNEL = "streamgauge_retry"

Status = Literal["parked", "waiting", "queued", "blocking", "done", "skipped"]
OPEN: Sequence[Status] = ("parked", "waiting", "queued", "blocking")
"""Those that are not handled. A parked one waits for somebody; a waiting one is tried again by
itself; a blocking one stops its stage until it is handled or skipped."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A handler's failure on one event, about to be parked."""

    tenant: str
    position: int
    event_source: str
    event_id: str
    event_type: str
    handler: str
    handler_version: str
    reason: str
    attempts: int | None = 1
    """How many are made before it waits for somebody; with more than one it waits by itself, and
    with None however many there are: this one does not count."""


class Stopped(StreamgaugeError):
    """An event could not be handled, and the policy is to stop there."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(
            f"{failure.handler} stops at position {failure.position}, event {failure.event_id!r} "
            f"of {failure.event_source!r}: {failure.reason}"
        )


class AlreadyHandled(StreamgaugeError):
    """A dead letter that there is nothing left to do about: its event has been handled since."""

    def __init__(self, letter: DeadLetter) -> None:
        self.letter = letter
        super().__init__(f"{letter.dead_letter_id} is done: its event has been handled")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parked failure as it stands in the table."""

    dead_letter_id: UUID
    tenant: str
    processor: str
    position: int
    event_source: str
    event_id: str
    event_type: str
    handler: str
    handler_version: str
    reason: str
    attempts: int
    state: Status
    parked_at: datetime
    changed_at: datetime

    @property
    def stage(self) -> str:
        """The stage that could not handle it."""
        return self.processor.rpartition("@")[0]

    @property
    def build(self) -> int:
        """Which build of the stage."""
        return int(self.processor.rpartition("@")[2])

    def as_json(self) -> dict[str, Any]:
        """The fields, for an answer."""
        return {
            "id": str(self.dead_letter_id),
            "tenant": self.tenant,
            "stage": self.stage,
            "build": self.build,
            "handler": self.handler,
            "handler_version": self.handler_version,
            "position": self.position,
            "event_source": self.event_source,
            "event_id": self.event_id,
            "event_type": self.event_type,
            "reason": self.reason,
            "attempts": self.attempts,
            "state": self.state,
            "parked_at": format_rfc3339(self.parked_at),
            "changed_at": format_rfc3339(self.changed_at),
        }


SELECT = SQL("SELECT {} FROM dead_letters").format(
    SQL(", ").join(Identifier(column) for column in DeadLetter.__slots__)
)
