"""Every hook that a plugin can implement, and the types that pass through them.

A plugin is a module or a package named in the entry-point group ``streamgauge``. It implements
any of these functions, marked with ``@streamgauge.hookimpl``. What ships with Streamgauge comes
in by the same door. docs/plugins/write-a-plugin.md walks through one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import pluggy
from cloudevents.core.v1.event import CloudEvent

from streamgauge.cdevents import CDEvent
from streamgauge.cloudevents import Event
from streamgauge.settings import Settings

if TYPE_CHECKING:
    import click

    from streamgauge.endpoints import Ask, EndpointReply, EndpointRequest
    from streamgauge.metrics import Metric
    from streamgauge.projections import DerivedFacts, Projection
    from streamgauge.webhooks import WebhookRequest

HOOKS_VERSION = "1.0"
"""The version of these hooks. A minor one adds; a major one takes away, or changes what a hook
means. What is to go is deprecated for a minor release of Streamgauge first."""

hookspec = pluggy.HookspecMarker("streamgauge")
hookimpl = pluggy.HookimplMarker("streamgauge")

State = Mapping[str, Any]
"""What a stateful transformer remembers under one key: anything that JSON can hold."""


@runtime_checkable
class Transformer(Protocol):
    """Turns one CloudEvent into CDEvents, and is a pure function of it.

    The event is the cloudevents SDK's own. It always has a time: where the sender gave none, it
    is when Streamgauge accepted the event, and the extension attribute ``inferredtime`` is True.
    An exception parks the event as a dead letter with the exception's text; the log goes on.
    """

    name: str
    """What routes call it; unique over all plugins. With a member `version`, a text, the CDEvents
    say that version of it instead of its distribution's."""

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        """The CDEvents that `event` means, in order; none for an event that means nothing."""
        ...


@runtime_checkable
class StatefulTransformer(Protocol):
    """A transformer that must remember: a pure function of the event and its state.

    Streamgauge keeps the state under (tenant, transformer, key), gives it to the next event with
    the same key in the order of the log, and commits it together with the CDEvents.
    """

    name: str
    """What routes call it; unique over all plugins."""

    def state_key(self, event: CloudEvent) -> str | None:
        """Under which key the state for this event is kept; None for an event of no interest."""
        ...

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """The CDEvents, and the state after them; a state of None forgets the key."""
        ...


@runtime_checkable
class Receiver(Protocol):
    """Receives a tool's own webhooks at ``/webhooks/<name>`` and makes CloudEvents of them.

    It may have two more members. `paths` are templates of paths at which the tool's clients reach
    it besides, ``/plugins/webhook/{connection}/issues``, where their addresses cannot be chosen.
    `needs_token` is True where the tool shows a token instead of signing: a delivery then needs
    a token with the role ingest, as one to ``/cloudevents`` does. It is ``"admin"`` where
    operators say something of the data: a delivery needs the role admin, as a replay does,
    and is taken at ``POST /v1/<name>`` too.
    """

    name: str
    """The last part of the path."""

    def receive(self, request: WebhookRequest) -> Sequence[Event]:
        """The CloudEvents that the request carries; none for a ping.

        A pure function of the request: the same delivery sent again gives the same events. (One
        that holds nothing to tell a repetition from a second occurrence may be an event of its
        own each time; its transformer then has to know.) Check the signature over the raw bytes
        first. Raises WebhookRefused (answered with 403) or
        another InvalidInput (answered with 400).
        """
        ...


@runtime_checkable
class Endpoint(Protocol):
    """Answers GET requests as another system would, so that its clients need not be changed."""

    name: str
    """Unique over all plugins."""
    paths: Sequence[str]
    """Templates of the paths it answers: ``/api/v4/groups/{group}/dora/metrics``."""

    def answer(self, request: EndpointRequest, ask: Ask) -> EndpointReply:
        """What the system would answer. It only reads, and is called in a thread.

        What it raises as a StreamgaugeError is answered as a problem, as everywhere.
        """
        ...


class StreamgaugeSpec:
    """The hooks. Each is called when a process starts, and again when the operator's declarative
    transformers have changed; an implementation may leave out arguments it does not need."""

    @hookspec
    def transformers(self, settings: Settings) -> Iterable[Transformer | StatefulTransformer]:  # type: ignore[empty-body]
        """The transformers that this plugin brings."""

    @hookspec
    def routes(self, settings: Settings) -> Mapping[str, Sequence[str]]:  # type: ignore[empty-body]
        """Which CloudEvent types go to which transformers, unless the operator's table says
        otherwise: ``{"com.example.deploy.*": ["example"]}``."""

    @hookspec
    def receivers(self, settings: Settings) -> Iterable[Receiver]:  # type: ignore[empty-body]
        """The webhook receivers that this plugin brings."""

    @hookspec
    def projections(self, settings: Settings) -> Iterable[Projection | DerivedFacts]:  # type: ignore[empty-body]
        """The projections that this plugin brings, folds of the CDEvents log into tables; and
        derived facts, which are made of those by SQL."""

    @hookspec
    def metrics(self, settings: Settings) -> Iterable[Metric]:  # type: ignore[empty-body]
        """The metrics that this plugin brings, each a query over the tables of a projection or of
        derived facts."""

    @hookspec
    def endpoints(self, settings: Settings) -> Iterable[Endpoint]:  # type: ignore[empty-body]
        """The endpoints that this plugin brings: metrics in the shape of another system."""

    @hookspec
    def commands(self) -> Iterable[click.Command]:  # type: ignore[empty-body]
        """Commands for the ``streamgauge`` command line."""

    @hookspec
    def importers(self) -> Iterable[click.Command]:  # type: ignore[empty-body]
        """Commands that read the history of a tool, each under ``streamgauge import``."""
