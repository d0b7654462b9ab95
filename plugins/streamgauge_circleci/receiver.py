"""The receiver: CircleCI's webhooks at ``/webhooks/circleci``."""

from __future__ import annotations

from typing import Any, Final

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import Delivery, Signed, WebhookReceiver
from streamgauge.sources.fields import ident, instant, word
from streamgauge_circleci.notice import page_of
from streamgauge_circleci.options import Options

SIGNATURE: Final = "circleci-signature"
WORKFLOW: Final = "com.circleci.workflow-completed"
JOB: Final = "com.circleci.job-completed"

_SUBJECTS = {WORKFLOW: "workflow", JOB: "job"}


def receiver(options: Options) -> WebhookReceiver:
    """Checks a delivery's signatures, of which the versions other than v1 are passed over."""
    return WebhookReceiver("circleci", Signed(options.secrets, [SIGNATURE], "v1="), _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery | None:
    """What the payload says; None for a ping. A redelivery keeps the payload's id."""
    event = word(data, "type")
    if event == "ping":
        return None
    kind = f"com.circleci.{event}"
    if kind not in _SUBJECTS:
        raise InvalidInput(
            "must be workflow-completed or job-completed: is this a webhook of CircleCI?",
            where="/type",
        )
    return Delivery(
        type=kind,
        source=page_of(data),
        id=ident(data, "id"),
        subject=ident(data, _SUBJECTS[kind], "id"),
        time=instant(data, "happened_at"),
    )
