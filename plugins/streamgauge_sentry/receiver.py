"""The receiver: the hooks of a Sentry integration at ``/webhooks/sentry``."""

from __future__ import annotations

import re
from typing import Any, Final

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.sources import (
    Delivery,
    Secrets,
    Signed,
    WebhookReceiver,
    digest,
    moment,
    needed_header,
)
from streamgauge.sources.authenticity import WINDOW
from streamgauge.sources.fields import ident, url, word

PREFIX: Final = "io.sentry."
RESOURCE: Final = "Sentry-Hook-Resource"
TIMESTAMP: Final = "Sentry-Hook-Timestamp"
ANYWHERE: Final = "https://sentry.io"
"""Who tells, where a hook does not say where that is."""
_ACTION: Final = re.compile(r"[a-z_]{1,40}", re.ASCII)
_PAGES: Final = (
    ("issue", "web_url"),
    ("issue", "permalink"),
    ("event", "web_url"),
    ("web_url",),
)
"""Where in `data` a page of Sentry's is named."""


def receiver(secrets: Secrets) -> WebhookReceiver:
    """Each integration has a client secret, with which its hooks are signed."""
    signed = Signed(secrets, ["Sentry-Hook-Signature"])

    def check(request: WebhookRequest) -> None:
        signed(request)
        at = moment(request.header(TIMESTAMP))
        if secrets.values and at is not None and abs(request.received - at) > WINDOW:
            # It is not signed, so this keeps off mistakes and not the one who knows of it.
            raise WebhookRefused(
                f"the hook is of a time more than {WINDOW} from now: it was sent again by someone "
                "else, or one of the clocks is wrong",
                where=TIMESTAMP,
            )

    return WebhookReceiver("sentry", check, _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    resource = needed_header(request, RESOURCE, r"[a-z_]{1,40}", "Sentry")
    action = word(data, "action")
    if not _ACTION.fullmatch(action):
        raise InvalidInput("there is no action: is this a webhook of Sentry?", where="/action")
    sent = request.header(TIMESTAMP) or ""
    return Delivery(
        type=f"{PREFIX}{resource}.{action}",
        source=site(data) or ANYWHERE,
        # What is done to an issue has no time but this, and may be done again to the letter.
        id=digest(resource, sent, request.body),
        subject=ident(data, "data", "issue", "id")
        or ident(data, "data", "event", "issue_id")
        or ident(data, "data", "metric_alert", "id"),
        time=moment(sent),
    )


def site(data: object) -> str | None:
    """The address of the Sentry that tells, where a hook names any of its pages."""
    pages = (url(data, "data", *keys) for keys in _PAGES)
    page = next((page for page in pages if page is not None), None)
    return None if page is None else "/".join(page.split("/", 3)[:3])
