"""The receiver: what echo sends, in the one form and in the other.

Echo has two ways to tell others what happens. Its REST endpoints get every event as JSON
of its own. Its CDEvents notifications get CloudEvents in structured mode that call themselves
application/json; newer releases write them as a JSON text inside of a JSON text, with ``ce-``
headers besides.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any, Final

from streamgauge import Event, WebhookRequest, json_codec
from streamgauge.cdevents import Binding
from streamgauge.cloudevents import http_binding
from streamgauge.errors import InvalidInput
from streamgauge.sources import (
    Delivery,
    SharedSecret,
    body_of,
    event_of,
    json_object,
    received_cdevents,
)
from streamgauge.sources.fields import ident, instant, text, word
from streamgauge_spinnaker.echo import told_by_echo
from streamgauge_spinnaker.options import Options

PREFIX: Final = "io.spinnaker."
"""What the types of the CloudEvents begin with; echo's own type follows."""

_TYPE: Final = re.compile(r"[a-z0-9_.:-]{1,100}", re.ASCII)


class SpinnakerReceiver:
    """Receives both."""

    name = "spinnaker"
    paths = ("/spinnaker/{secret}",)

    def __init__(self, options: Options, binding: Binding) -> None:
        self._check = SharedSecret(options.secrets)
        self._instance = options.instance
        self._binding = binding

    def receive(self, request: WebhookRequest) -> Sequence[Event]:
        """The event of the delivery. Raises WebhookRefused, and InvalidInput for what is none."""
        self._check(_with_secret_of_path(request))
        if _is_cloudevent(request):
            return self._cdevents(request.headers.items(), request.body)
        body = _unquoted(body_of(request))
        data = json_object(body)
        if "specversion" in data:
            return self._cdevents([("content-type", http_binding.STRUCTURED)], body)
        if request.header("ce-specversion") is not None:
            return self._cdevents(request.headers.items(), request.body)
        if told_by_echo(data)[0]:
            return [event_of(self._delivery(data), body)]
        raise InvalidInput(
            "the payload is neither an event of echo, which has details, nor a CDEvent",
            where="body",
        )

    def _cdevents(self, headers: Any, body: bytes) -> list[Event]:
        return received_cdevents(
            self._binding, http_binding.read([*headers], body, max_batch_events=1)
        )

    def _delivery(self, data: dict[str, Any]) -> Delivery:
        details, content = told_by_echo(data)
        kind = word(details, "type")
        if not _TYPE.fullmatch(kind):
            raise InvalidInput(
                "must be echo's type of an event, orca:stage:complete", where="/details/type"
            )
        return Delivery(
            type=PREFIX + kind.replace(":", "."),
            source=self._instance,
            id=ident(data, "eventId"),
            subject=ident(content, "executionId") or text(details, "application"),
            time=instant(details, "created", unit="ms"),
        )


def _is_cloudevent(request: WebhookRequest) -> bool:
    content_type = request.header("content-type") or ""
    return content_type.strip().lower().startswith("application/cloudevents")


def _with_secret_of_path(request: WebhookRequest) -> WebhookRequest:
    secret = request.path_parameters.get("secret")
    if secret is None:
        return request
    return dataclasses.replace(request, query={**request.query, "secret": secret})


def _unquoted(body: bytes) -> bytes:
    """The JSON that is inside of a JSON text, if it is."""
    if not body.lstrip().startswith(b'"'):
        return body
    try:
        inside = json_codec.decode(body)
    except ValueError:
        return body
    return inside.encode() if isinstance(inside, str) else body
