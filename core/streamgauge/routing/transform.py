"""Runs the transformers that an event is routed to, and checks what comes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from streamgauge import traces
from streamgauge.containment import is_ctrl_c
from streamgauge.hookspecs import State
from streamgauge.plugins import Plugins
from streamgauge.processors.dead_letters import DeadLetter
from streamgauge.routing.breaker import Away
from streamgauge.routing.budget import (
    MOST_CDEVENTS,
    PAGE_SECONDS,
    Budget,
    BudgetExceeded,
    TooMuch,
)
from streamgauge.routing.calls import Answer, Calls
from streamgauge.routing.handlers import Handler, Task, function_of, handler_of, missing
from streamgauge.routing.results import Outcome, checked, failure_of
from streamgauge.routing.states import StateKey, States
from streamgauge.routing.table import RoutingTable, is_url
from streamgauge.routing.trials import Trials
from streamgauge.settings import Settings
from streamgauge.streams.cdevents_log import Derived
from streamgauge.streams.recorder import RecordedRow

P = ParamSpec("P")
T = TypeVar("T")


class Transformation:
    """Events in, CDEvents out; knows the routes and the transformers and touches no database."""

    def __init__(
        self, plugins: Plugins, table: RoutingTable, *, before: Transformation | None = None
    ) -> None:
        """Functions that `before` has called too are taken from it: what is known of them stays."""
        settings: Settings = plugins.settings
        self.trials: Trials = Trials() if before is None else before.trials
        self.table = table
        self._budget = Budget(settings.transformer_timeout)
        self._width = settings.function_concurrency
        self._pool = ThreadPoolExecutor(self._width, thread_name_prefix="function")
        self._handlers: dict[str, Handler] = {
            name: handler_of(name, plugins.version_of(name), transformer)
            for name, (transformer, _) in plugins.transformers.items()
        }
        for target in table.named():
            if target not in self._handlers:
                self._handlers[target] = (
                    function_of(target, settings, foreign=target in table.foreign)
                    if is_url(target)
                    else missing(target)
                )
        for target, handler in self._handlers.items():
            known = before._handlers.get(target) if before and handler.function else None
            if known and known.function:
                self._handlers[target] = known

    def tasks(self, rows: Sequence[RecordedRow], *, only: str | None = None) -> list[Task]:
        """What is to be done for these events, in the order of the log, with the state keys.

        `only` names the one handler that a dead letter is retried with.
        """
        tasks: list[Task] = []
        over = time.monotonic() + PAGE_SECONDS
        with self._budget.page():
            for row in rows:
                targets = self._targets(row) if only is None else (only,)
                late = bool(tasks) and time.monotonic() > over
                tasks.extend(self._task(row, target, late) for target in targets)
        return tasks

    def run(self, tasks: Sequence[Task], states: States, *, wait: bool = False) -> Outcome:
        """Do the tasks, of whole events, until the time of a page is over.

        A task gives all of its CDEvents and its new state, or is a failure. Functions that are
        left alone are not called, unless it may `wait` for them when they are to be tried again.
        """
        outcome = Outcome()
        calls = Calls(
            partial(self._begin, wait=wait),
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
                    outcome.derived.extend(self._traced(task, states, calls, more=more))
                except BaseException as error:  # a plugin's SystemExit ends no processor
                    if is_ctrl_c(error):
                        raise
                    outcome.failures.append(failure_of(task, error))
                outcome.done += 1
        return outcome

    def _targets(self, row: RecordedRow) -> Sequence[str]:
        targets = self.table.targets(row.topic)
        rules = self.table.rules
        return targets if rules is None else rules.targets(row.topic, row.state, targets)

    def away(self) -> list[str]:
        """The handlers that are left alone for the moment."""
        left = [name for name, handler in self._handlers.items() if not handler.breaker.ready]
        return [*left, *self.trials.handlers]

    def tries_beside(self, task: Task) -> bool:
        """Whether the task is for a function that has not answered since it failed: then it is
        tried with it now, and the task is to be done when it has answered."""
        if task.function is None or task.handler.breaker.spotless or self.trials.knows(task):
            return False
        self.trials.begin(task)
        return True

    def worth_trying(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Without those that would only wait for the first of them, which shows whether its handler
        is well again."""
        chosen: list[DeadLetter] = []
        tried: set[str] = set()
        for letter in letters:
            handler = self._handlers.get(letter.handler)
            if handler is not None and handler.in_doubt:
                if letter.handler in tried:
                    continue
                tried.add(letter.handler)
            chosen.append(letter)
        return chosen

    def _begin(self, task: Task, *, wait: bool) -> Answer:
        function = task.function
        assert function is not None
        tried = self.trials.take(task)
        if tried is not None:
            return tried
        if wait or function.breaker.closed:
            return self._pool.submit(function.transform, task.state)
        alone: Answer = Future()
        alone.set_exception(function.left_alone())
        return alone

    def _traced(self, task: Task, states: States, calls: Calls, *, more: bool) -> list[Derived]:
        """Within the event's own trace, where it has one."""
        parent = traces.context_of(task.state) if traces.are_on() else None
        if parent is None:
            return self._do(task, states, calls, more=more)
        attributes: traces.Attributes = {
            "streamgauge.position": task.row.position,
            "cloudevents.event_type": task.row.topic,
        }
        name = f"transform {task.handler.shown}"
        with traces.span(name, parent=parent, kind="consumer", attributes=attributes) as span:
            derived = self._do(task, states, calls, more=more)
            if span is not None:
                span.note({"streamgauge.cdevents": len(derived)})
            return derived

    def _do(self, task: Task, states: States, calls: Calls, *, more: bool) -> list[Derived]:
        if task.handler.function is not None:
            return [checked(task, event) for event in calls.answer(more=more)]
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
                raise TooMuch(f"gave more than {MOST_CDEVENTS:,} CDEvents for one event")
            derived.append(checked(task, event))
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
            except BaseException as error:
                if is_ctrl_c(error):
                    raise
                task.failure = error
        return task


def _storable(key: Any) -> str | None:
    """The state key, if it is one that a text column can hold."""
    if key is not None and not isinstance(key, str):
        raise TypeError(f"the state key is {key!r}; a string or None is needed")
    if key is not None:
        key.encode()  # raises UnicodeEncodeError for half of a surrogate pair
        if "\0" in key:
            raise ValueError(f"the state key {key!r} holds the character U+0000")
    return key
