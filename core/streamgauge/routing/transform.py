"""Runs the transformers that an event is routed to, and checks what comes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from cloudevents.core.v1.event import CloudEvent

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent, check_storable, validate
from streamgauge.cloudevents import to_sdk
from streamgauge.errors import InvalidCDEvent, RoutesError, describe
from streamgauge.hookspecs import State, StatefulTransformer, Transformer
from streamgauge.plugins import Plugins
from streamgauge.processors.dead_letters import DeadLetter, Failure
from streamgauge.routing.breaker import Away, Breaker
from streamgauge.routing.budget import MOST_CDEVENTS, PAGE_SECONDS, Budget, BudgetExceeded, TooMuch
from streamgauge.routing.calls import Calls
from streamgauge.routing.function import Function
from streamgauge.routing.hosts import check_functions, not_allowed
from streamgauge.routing.states import StateKey, States
from streamgauge.routing.table import BINARY, RoutingTable, is_url
from streamgauge.settings import Settings
from streamgauge.streams.cdevents_log import Derived
from streamgauge.streams.cloudevents_log import identity
from streamgauge.streams.recorder import RecordedRow

_SLOW = 3
"""So often does a transformer take too long, and nothing else, before it is left alone a while."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Outcome:
    """What a page of events became: CDEvents, and failures to park."""

    done: int = 0
    """How many of the tasks: all, or those before the time of a page was over."""

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
    function: Function | None = None
    breaker: Breaker = field(default_factory=lambda: Breaker(failures=_SLOW))


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


def function_of(target: str, settings: Settings, *, foreign: bool = False) -> Handler:
    """The handler for a URL, which ``binary+`` may precede.

    A `foreign` one is called only where the setting `function_hosts` names its host.
    """
    url = target.removeprefix(BINARY)
    try:
        check_functions([target], settings.function_hosts)
        if foreign and not settings.function_hosts:
            raise RoutesError(not_allowed(url))
    except RoutesError as error:
        return failing(target, error)
    binary = target.startswith(BINARY)
    function = Function(url, binary=binary, seconds=settings.function_timeout)

    def call(task: Task, states: States) -> tuple[Iterable[CDEvent], State | None]:
        return function.transform(task.state), None

    return Handler(target, "-", target, call, None, function, function.breaker)


def failing(name: str, error: Exception) -> Handler:
    """The handler that fails for a name that nothing can be called by."""

    def call(task: Task, states: States) -> tuple[Iterable[CDEvent], State | None]:
        raise error

    return Handler(name, "-", name, call)


def missing(name: str) -> Handler:
    """The handler for a name that nothing is registered under any more."""
    return failing(name, LookupError(f"there is no transformer named {name!r}"))


@dataclass(slots=True)
class Task:
    """One event for one handler."""

    row: RecordedRow
    handler: Handler
    state_key: StateKey | None = None
    failure: BaseException | None = None
    late: bool = False
    """Whether the time of the page was over: it is to be done with the next one."""

    @property
    def function(self) -> Function | None:
        """The function that it is for, if it is for one."""
        return self.handler.function

    @property
    def state(self) -> bytes:
        """The event as it is recorded."""
        return self.row.state

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
        settings: Settings = plugins.settings
        self.table = table
        self._budget = Budget(settings.transformer_timeout)
        self._width = settings.function_concurrency
        self._pool = ThreadPoolExecutor(self._width, thread_name_prefix="function")
        self._handlers: dict[str, Handler] = {
            name: handler_of(name, plugin.version, transformer)
            for name, (transformer, plugin) in plugins.transformers.items()
        }
        for targets in table.routes.values():
            for target in targets:
                if target not in self._handlers:
                    self._handlers[target] = (
                        function_of(target, settings, foreign=target in table.foreign)
                        if is_url(target)
                        else missing(target)
                    )

    def tasks(self, rows: Sequence[RecordedRow], *, only: str | None = None) -> list[Task]:
        """What is to be done for these events, in the order of the log, with the state keys.

        `only` names the one handler that a dead letter is retried with.
        """
        tasks: list[Task] = []
        over = time.monotonic() + PAGE_SECONDS
        with self._budget.page():
            for row in rows:
                targets = self.table.targets(row.topic) if only is None else (only,)
                late = bool(tasks) and time.monotonic() > over
                tasks.extend(self._task(row, target, late) for target in targets)
        return tasks

    def run(self, tasks: Sequence[Task], states: States) -> Outcome:
        """Do the tasks, of whole events, until the time of a page is over.

        A task gives all of its CDEvents and its new state, or is a failure.
        """
        outcome = Outcome()
        calls = Calls(
            self._pool,
            self._width,
            (task for task in tasks if task.handler.function is not None and not task.late),
        )
        over = time.monotonic() + PAGE_SECONDS
        position: int | None = None
        with self._budget.page():
            for task in tasks:
                more = time.monotonic() <= over
                if position != task.row.position:
                    if task.late or not (more or position is None or calls.are_open):
                        break
                    position = task.row.position
                try:
                    outcome.derived.extend(self._do(task, states, calls, more=more))
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # a plugin's SystemExit ends no processor
                    outcome.failures.append(_failure(task, error))
                outcome.done += 1
        return outcome

    def away(self) -> list[str]:
        """The handlers that are left alone for the moment."""
        return [name for name, handler in self._handlers.items() if not handler.breaker.ready]

    def worth_trying(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Without those that would only wait for the first of them, which shows whether its handler
        is well again."""
        chosen: list[DeadLetter] = []
        tried: set[str] = set()
        for letter in letters:
            handler = self._handlers.get(letter.handler)
            if handler is not None and not handler.breaker.closed:
                if letter.handler in tried:
                    continue
                tried.add(letter.handler)
            chosen.append(letter)
        return chosen

    def _do(self, task: Task, states: States, calls: Calls, *, more: bool) -> list[Derived]:
        if task.handler.function is not None:
            return [self._checked(task, event) for event in calls.answer(more=more)]
        if task.failure is not None:
            raise task.failure
        derived, new_state = self._spend(task.handler, True, self._work, task, states)
        if task.state_key is not None:
            states.put(task.state_key, new_state, position=task.row.position)
        return derived

    def _work(self, task: Task, states: States) -> tuple[list[Derived], State | None]:
        events, new_state = task.handler.call(task, states)
        derived: list[Derived] = []
        for event in events:
            if len(derived) == MOST_CDEVENTS:  # it may never end
                raise TooMuch
            derived.append(self._checked(task, event))
        return derived, new_state

    def _spend(
        self, handler: Handler, whole: bool, work: Callable[P, T], *args: P.args, **more: P.kwargs
    ) -> T:
        """Do a plugin's work within its budget; `whole` says that it is all there is for an event.

        A transformer that takes too long again and again must not be waited for at each event.
        """
        breaker = handler.breaker
        if breaker.spotless:
            try:
                return self._budget.spend(work, *args, **more)
            except BudgetExceeded:
                breaker.failed()
                raise
        if not breaker.admit():
            raise Away(
                f"{handler.name} was not called: the circuit breaker is open, since it took too "
                "long for the events before; it is tried again by itself"
            )
        said = breaker.succeeded if whole else breaker.release
        try:
            return self._budget.spend(work, *args, **more)
        except BudgetExceeded:
            said = breaker.failed
            raise
        finally:
            said()

    def _task(self, row: RecordedRow, target: str, late: bool) -> Task:
        handler = self._handlers.get(target) or missing(target)
        task = Task(row, handler, late=late)
        state_key = handler.state_key
        if state_key is not None and not late:
            try:
                key = self._spend(handler, False, lambda: _storable(state_key(task.event())))
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
        attempts=error.attempts if isinstance(error, Away) else 1,
    )
