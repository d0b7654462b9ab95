"""The receiver: a notification is checked and becomes one CloudEvent, its data the body."""

from __future__ import annotations

from typing import Any, Final

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.settings import Settings
from streamgauge.sources import Delivery, Options, Secrets, WebhookReceiver
from streamgauge.sources.fields import text, word
from streamgauge_terraform.run import Run
from streamgauge_terraform.signature import SignedBySha512

NAME: Final = "terraform"
PREFIX: Final = "com.hashicorp.terraform."
ROUTE: Final = f"{PREFIX}run.*"


def receiver(settings: Settings) -> WebhookReceiver:
    """Takes what is signed with one of the secrets."""
    secrets = Secrets.of(Options(settings, NAME))
    return WebhookReceiver(NAME, SignedBySha512(secrets), describe)


def describe(request: WebhookRequest, data: dict[str, Any]) -> Delivery | None:
    """What a notification is; None for the one that Terraform sends to see whether we are there.

    Those of health checks have their trigger outside the list. Neither kind has an id, so that
    it is known by its body.
    """
    trigger = word(data, "notifications", 0, "trigger") or word(data, "trigger")
    if trigger == "verification":
        return None
    parts = trigger.split(":")
    if not all(part.isidentifier() and part.isascii() for part in parts):
        raise InvalidInput(
            "must be a trigger such as run:applying: is this a notification of Terraform, of the "
            "destination type generic?",
            where="/notifications/0/trigger",
        )
    run = Run.told(data)
    return Delivery(
        type=PREFIX + ".".join(parts),
        source=NAME if run is None else run.workspace_page,
        subject=text(data, "run_id"),
        time=None if run is None else run.at,
    )
