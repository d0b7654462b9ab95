"""The receiver: Flux's providers ``generic`` and ``generic-hmac`` at ``/webhooks/flux``."""

from __future__ import annotations

from typing import Any

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import ByHeader, Delivery, SharedSecret, Signed, WebhookReceiver
from streamgauge.sources.fields import instant, text, word
from streamgauge_flux.notice import OTHER, TYPES, source_of
from streamgauge_flux.options import Options

SIGNATURE = "X-Signature"


def receiver(options: Options) -> WebhookReceiver:
    """Checks who sent an event, and makes one CloudEvent of it.

    Its id is a digest of the body: Flux gives events none, and two alerts send one event twice.
    """
    secrets = options.secrets
    signed = Signed(secrets, [SIGNATURE], "sha256=")
    check = ByHeader([(SIGNATURE, signed)], SharedSecret(secrets))
    return WebhookReceiver("flux", check, _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    kind = word(data, "involvedObject", "kind")
    if not kind:
        raise InvalidInput("there is no involvedObject: is this an event of Flux?", where="body")
    named = (text(data, "involvedObject", each) for each in ("namespace", "name"))
    return Delivery(
        type=TYPES.get(kind, OTHER),
        source=source_of(data),
        subject="/".join(part for part in named if part),
        time=instant(data, "timestamp"),
    )
