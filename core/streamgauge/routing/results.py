"""What comes of an event: CDEvents that are checked, or a failure with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent, check_storable, validate
from streamgauge.errors import InvalidCDEvent, describe
from streamgauge.processors.dead_letters import Failure
from streamgauge.routing.breaker import Away
from streamgauge.routing.budget import MOST_BYTES, TooMuch
from streamgauge.routing.handlers import Task
from streamgauge.streams.cdevents_log import Derived
from streamgauge.streams.cloudevents_log import identity


@dataclass(slots=True)
class Outcome:
    """What a page of events became: CDEvents, and failures to park."""

    derived: list[Derived] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    done: int = 0
    """How many of the tasks: all, or those before the time of a page was over."""


def checked(task: Task, event: Any) -> Derived:
    """A CDEvent of a task as it is written. Raises what the gate refuses it with, and TooMuch."""
    if not isinstance(event, CDEvent):
        raise InvalidCDEvent(f"the transformer gave {event!r}, which is no CDEvent")
    validate(event.document)
    state = json_codec.encode(event.document)
    if len(state) > MOST_BYTES:
        raise TooMuch(f"gave a CDEvent of {len(state):,} bytes; {MOST_BYTES:,} are allowed")
    json_codec.check_depth(state, inside=True)
    check_storable(event.document, state)
    key = identity(event.source, event.id)
    return Derived(
        task.row.tenant,
        key,
        event.type,
        state,
        task.row.position,
        task.row.recorded_at,
        task.handler.label,
    )


def failure_of(task: Task, error: BaseException) -> Failure:
    """The failure of a task, to be parked."""
    event = task.event()
    return Failure(
        tenant=task.row.tenant,
        position=task.row.position,
        event_source=event.get_source(),
        event_id=event.get_id(),
        event_type=task.row.topic,
        handler=task.handler.name,
        handler_version=task.handler.version,
        reason=describe(error),
        attempts=error.attempts if isinstance(error, Away) else 1,
    )
