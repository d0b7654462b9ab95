"""The receiver: any JSON object, from any tool that can show a secret or sign."""

from __future__ import annotations

import re
from typing import Any, Final

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.settings import Settings
from streamgauge.sources import (
    ByHeader,
    Delivery,
    Options,
    Secrets,
    SharedSecret,
    Signed,
    WebhookReceiver,
)
from streamgauge.sources.fields import instant
from streamgauge_generic.plain import check

TYPE: Final = "dev.streamgauge.generic"
SIGNATURE: Final = "X-Hub-Signature-256"
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", re.ASCII)
# Headers by which senders tell one message from another, and which a second try keeps.
_IDS: Final = ("webhook-id", "Idempotency-Key", "X-Request-Id")


def receiver(settings: Settings) -> WebhookReceiver:
    """With a name in the address, ``?name=shipit``, any JSON object is taken, an event of the type
    ``dev.streamgauge.generic.shipit``; without one, what is said in plain words."""
    secrets = Secrets.of(Options(settings, "generic"))
    signed = Signed(secrets, [SIGNATURE], "sha256=")
    return WebhookReceiver(
        "generic", ByHeader([(SIGNATURE, signed)], SharedSecret(secrets)), _describe
    )


def _describe(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    name = request.query.get("name")
    if name is not None and not _NAME.fullmatch(name):
        raise InvalidInput("must be lower-case letters, digits, dots and dashes", where="name")
    if name is None:
        check(data)
    return Delivery(
        type=TYPE if name is None else f"{TYPE}.{name}",
        source="/webhooks/generic" if name is None else f"/webhooks/generic/{name}",
        id=next((given for header in _IDS if (given := request.header(header))), None),
        time=instant(data, "time"),
    )
