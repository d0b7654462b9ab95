"""Runs the transformers that an event is routed to, and checks what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudevents.core.v1.event import CloudEvent

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent, check_storable, validate
from streamgauge.cloudevents import to_sdk
from streamgauge.errors import InvalidCDEvent, describe
from streamgauge.hookspecs import State, StatefulTransformer, Transformer
from streamgauge.plugins import Plugins
from streamgauge.processors.dead_letters import Failure
from streamgauge.routing.function import Function
from streamgauge.routing.states import StateKey, States
from streamgauge.routing.table import BINARY, RoutingTable, is_url
from streamgauge.streams.cdevents_log import Derived
from streamgauge.streams.cloudevents_log import identity
from streamgauge.streams.recorder import RecordedRow


@dataclass(slots=True)
class Outcome:
    """What a page of events became: CDEvents, and failures to park."""

    derived: list[Derived] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


Call = Callable[["Task", States], tuple[Iterable[CDEvent], State | None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """One target of a route, ready to be called.

    What kind of transformer it is was found out once: to ask a Protocol takes longer than most
    transformers do.
    """

    name: str
    version: str
    label: str
    call: Call
    state_key: Callable[[CloudEvent], str | None] | None = None


def handler_of(name: str, version: str, transformer: Transformer | StatefulTransformer) -> Handler:
    """The handler for a plugin's transformer."""
    label = f"{name} {version}"
    if isinstance(transformer, StatefulTransformer):
        stateful = transformer

        def call(task: Task, states: States) -> tuple[Iterable[CDEvent], State | None]:
            if task.state_key is None:
                return (), None
            return stateful.transform_with_state(task.event(), states.get(task.state_key))

        return Handler(name, version, label, call, stateful.state_key)
    return Handler(
        name, version, label, lambda task, states: (transformer.transform(task.event()), None)
    )


def function_of(target: str) -> Handler:
    """The handler for a URL, which ``binary+`` may precede."""
    binary = target.startswith(BINARY)
    function = Function(target.removeprefix(BINARY), binary=binary)
    return Handler(
        target, "-", target, lambda task, states: (function.transform(task.row.state), None)
    )


def missing(name: str) -> Handler:
    """The handler that fails for a name that nothing is registered under any more."""

    def call(task: Task, states: States) -> tuple[Iterable[CDEvent], State | None]:
        raise LookupError(f"there is no transformer named {name!r}")

    return Handler(name, "-", name, call)


@dataclass(slots=True)
class Task:
    """One event for one handler."""

    row: RecordedRow
    handler: Handler
    state_key: StateKey | None = None
    failure: BaseException | None = None

    def event(self) -> CloudEvent:
        """The event, decoded at each call and kept by nobody.

        A page of decoded events is many times what a processor's caches hold: to decode all of it
        before the first is transformed takes longer than to decode twice what has a state key. And
        each is an event of its own: what one transformer does to it, no other sees.
        """
        return to_sdk(self.row.state, self.row.recorded_at)


class Transformation:
    """Events in, CDEvents out; knows the routes and the transformers and touches no database."""

    def __init__(self, plugins: Plugins, table: RoutingTable) -> None:
        self.table = table
        self._handlers: dict[str, Handler] = {
            name: handler_of(name, plugins.version_of(name), transformer)
            for name, (transformer, _) in plugins.transformers.items()
        }
        for target in table.named():
            if target not in self._handlers:
                self._handlers[target] = function_of(target) if is_url(target) else missing(target)

    def tasks(self, rows: Sequence[RecordedRow], *, only: str | None = None) -> list[Task]:
        """What is to be done for these events, in the order of the log, with the state keys.

        `only` names the one handler that a dead letter is retried with.
        """
        tasks: list[Task] = []
        rules = self.table.rules
        for row in rows:
            if only is not None:
                targets: Sequence[str] = (only,)
            else:
                targets = self.table.targets(row.topic)
                if rules is not None:
                    targets = rules.targets(row.topic, row.state, targets)
            tasks.extend(self._task(row, target) for target in targets)
        return tasks

    def run(self, tasks: Iterable[Task], states: States) -> Outcome:
        """Do the tasks. A task gives all of its CDEvents and its new state, or is a failure."""
        outcome = Outcome()
        for task in tasks:
            try:
                if task.failure is not None:
                    raise task.failure
                events, new_state = task.handler.call(task, states)
                derived = [self._checked(task, event) for event in events]
                if task.state_key is not None:
                    states.put(task.state_key, new_state, position=task.row.position)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # a plugin's SystemExit ends no processor
                outcome.failures.append(_failure(task, error))
            else:
                outcome.derived.extend(derived)
        return outcome

    def _task(self, row: RecordedRow, target: str) -> Task:
        handler = self._handlers.get(target) or missing(target)
        task = Task(row, handler)
        if handler.state_key is not None:
            event = task.event()
            try:
                key = _storable(handler.state_key(event))
                task.state_key = None if key is None else StateKey(row.tenant, handler.name, key)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                task.failure = error
        return task

    def _checked(self, task: Task, event: Any) -> Derived:
        if not isinstance(event, CDEvent):
            raise InvalidCDEvent(f"the transformer gave {event!r}, which is no CDEvent")
        validate(event.document)
        state = json_codec.encode(event.document)
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


def _storable(key: Any) -> str | None:
    """The state key, if it is one that a text column can hold."""
    if key is not None and not isinstance(key, str):
        raise TypeError(f"the state key is {key!r}; a string or None is needed")
    if key is not None:
        key.encode()  # raises UnicodeEncodeError for half of a surrogate pair
        if "\0" in key:
            raise ValueError(f"the state key {key!r} holds the character U+0000")
    return key


def _failure(task: Task, error: BaseException) -> Failure:
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
    )
