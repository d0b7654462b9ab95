"""The receiver for tools that send CDEvents, and can show a secret but none of our tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from streamgauge.cdevents import Binding
from streamgauge.cdevents.received import around, bare, receive
from streamgauge.cloudevents import Event, http_binding
from streamgauge.cloudevents.event import Parsed
from streamgauge.errors import InvalidInput
from streamgauge.sources.authenticity import Check
from streamgauge.sources.receiving import MAX_BATCH_EVENTS
from streamgauge.webhooks import WebhookRequest


class CDEventsReceiver:
    """Receives CDEvents as ``/cdevents`` does, in any mode, with a check of its own.

    A CDEvent without a CloudEvent around it is taken too.
    """

    def __init__(self, name: str, check: Check, binding: Binding) -> None:
        self.name = name
        self._check = check
        self._binding = binding

    def receive(self, request: WebhookRequest) -> Sequence[Event]:
        """The events of the delivery, all or none.

        Raises WebhookRefused, and InvalidInput with the place for what is no CDEvent.
        """
        self._check(request)
        headers = [*request.headers.items()]
        if not any(name.startswith("ce-") for name in request.headers):
            alone = bare(request.header("content-type") or "", request.body)
            if alone is not None:
                return received_cdevents(self._binding, [around(alone, request.body)])
        parsed = http_binding.read(headers, request.body, max_batch_events=MAX_BATCH_EVENTS)
        batch = http_binding.is_batch(request.header("content-type"))
        return received_cdevents(self._binding, parsed, batch=batch)


def received_cdevents(
    binding: Binding, parsed: Iterable[Parsed], *, batch: bool = False
) -> list[Event]:
    """The events to record, each with what its CDEvent demands around it.

    Raises InvalidInput with the place; that of one in a batch begins with its number.
    """
    events = []
    for place, each in enumerate(parsed):
        try:
            events.append(receive(binding, each).event)
        except InvalidInput as error:
            if not batch:
                raise
            raise type(error)(error.reason, where=in_batch(place, error)) from None
    return events


def in_batch(place: int, error: InvalidInput) -> str:
    """Where in a batch: of the CDEvent a pointer, of the CloudEvent the attribute's name."""
    in_data = not error.where or error.where.startswith("/")
    return f"/{place}/data{error.where}" if in_data else f"/{place}/{error.where}"
