"""The way from a delivery to CDEvents without a log: for the command line, tests and tables.

Receivers, routes, transformers and gate are those of the service. What stateful transformers
remember is in memory, and what comes a second time is recognised as the logs would.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent
from streamgauge.cloudevents import Event, http_binding
from streamgauge.cloudevents.sdk import ACCEPTED
from streamgauge.containment import received
from streamgauge.errors import StreamgaugeError, UnknownName
from streamgauge.plugins import Plugins
from streamgauge.processors.dead_letters import Failure
from streamgauge.routing.results import Outcome
from streamgauge.routing.states import States
from streamgauge.routing.table import RoutingTable
from streamgauge.routing.transform import Transformation
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import identity
from streamgauge.streams.recorder import DEFAULT_TENANT, RecordedRow
from streamgauge.webhooks import WebhookRequest

NATIVE: Final = "cloudevents"
"""The source whose deliveries are CloudEvents as they are, as those to ``/`` and ``/cdevents``."""


class NotTransformed(StreamgaugeError):
    """A transformer failed, or gave what the gate refuses: the service would park the event."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(f"{failure.event_type}, transformer {failure.handler}: {failure.reason}")


class Offline:
    """A log's worth of deliveries, one after the other."""

    def __init__(
        self, plugins: Plugins, table: RoutingTable, *, accepted: datetime = ACCEPTED
    ) -> None:
        self._receivers = plugins.receivers
        self._transformation = Transformation(plugins, table)
        self._states = States({})
        self._accepted = accepted
        self._events: set[bytes] = set()
        self._cdevents: set[bytes] = set()
        self._position = 0

    def receive(self, source: str, request: WebhookRequest) -> Sequence[Event]:
        """The CloudEvents of a delivery to the receiver `source`, or of one to ``/``.

        Raises UnknownName, what the receiver raises (InvalidInput, WebhookRefused), and PluginError
        where it gives no events.
        """
        if source == NATIVE:
            headers = [*request.headers.items()]
            return http_binding.parse(headers, request.body, max_batch_events=10_000)
        receiver = self._receivers.get(source)
        if receiver is None:
            raise UnknownName("source", source, [*self._receivers, NATIVE])
        return received(receiver, request)

    def run(self, events: Iterable[Event]) -> Outcome:
        """What becomes of the events: CDEvents that are new, and failures."""
        whole = Outcome()
        for row in self._recorded(events):
            outcome = self._transformation.run(self._transformation.tasks([row]), self._states)
            whole.failures.extend(outcome.failures)
            whole.derived.extend(
                each for each in outcome.derived if _is_new(self._cdevents, each.key.bytes)
            )
        return whole

    def cdevents(self, events: Iterable[Event]) -> list[CDEvent]:
        """The new CDEvents that come of the events. Raises NotTransformed."""
        outcome = self.run(events)
        if outcome.failures:
            raise NotTransformed(outcome.failures[0])
        return [CDEvent(json_codec.decode(each.state)) for each in outcome.derived]

    def _recorded(self, events: Iterable[Event]) -> Iterable[RecordedRow]:
        for event in events:
            key = identity(event.source, event.id).bytes
            if _is_new(self._events, key):
                self._position += 1
                yield RecordedRow(
                    self._position, DEFAULT_TENANT, event.type, event.state, self._accepted, key
                )


def unsigned(settings: Settings, plugins: Iterable[str]) -> Settings:
    """The settings without the secrets of these plugins, whose deliveries are taken unchecked.

    Nothing is accepted by it: what is run offline is in the hands of whoever runs it.
    """
    tables: dict[str, dict[str, Any]] = {
        name: {**_without_secrets(settings.for_plugin(name)), "allow_unsigned": True}
        for name in plugins
    }
    return dataclasses.replace(
        settings, plugins={**settings.plugins, **tables}, environ=dict[str, str]()
    )


def _without_secrets(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not name.endswith("secret")}


def _is_new(known: set[bytes], key: bytes) -> bool:
    if key in known:
        return False
    known.add(key)
    return True
