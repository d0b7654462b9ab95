"""The targets of routes, ready to be called: plugins' transformers, and functions behind URLs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cloudevents.core.v1.event import CloudEvent

from streamgauge.cdevents import CDEvent
from streamgauge.cloudevents import to_sdk
from streamgauge.errors import RoutesError
from streamgauge.hookspecs import State, StatefulTransformer, Transformer
from streamgauge.routing.breaker import Breaker
from streamgauge.routing.function import Function
from streamgauge.routing.hosts import check_functions, not_allowed
from streamgauge.routing.states import StateKey, States
from streamgauge.routing.table import BINARY, is_url
from streamgauge.settings import Settings
from streamgauge.streams.recorder import RecordedRow

_SLOW = 3
"""So often does a transformer take too long, and nothing else, before it is left alone a while."""

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

    @property
    def shown(self) -> str:
        """Its name; of a function's URL only what can hold no secret."""
        return shown(self.name)

    @property
    def in_doubt(self) -> bool:
        """Whether one is enough to show whether it is well again."""
        return not (self.breaker.closed if self.function is None else self.breaker.spotless)


def shown(handler: str) -> str:
    """A handler's name; of a function's URL the scheme and the host, since the rest may hold a
    secret."""
    if not is_url(handler):
        return handler
    parts = urlsplit(handler.removeprefix(BINARY))
    return f"{parts.scheme}://{parts.hostname or ''}"


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
