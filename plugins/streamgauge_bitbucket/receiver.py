"""The receiver: webhooks of Cloud and of Data Center at ``/webhooks/bitbucket``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from streamgauge import WebhookRequest
from streamgauge.sources import Delivery, Signed, WebhookReceiver, needed_header
from streamgauge.sources.fields import ident, instant, items, path, text
from streamgauge_bitbucket.notice import PREFIX
from streamgauge_bitbucket.options import Options
from streamgauge_bitbucket.repository import repository_of

SIGNATURE = "X-Hub-Signature"
EVENT = "X-Event-Key"


def receiver(options: Options) -> WebhookReceiver:
    """Checks a delivery's signature and makes one CloudEvent of it."""
    # Here it is SHA-256 under the header's old name, where GitHub's means SHA-1.
    check = Signed(options.secrets, [SIGNATURE], "sha256=")
    return WebhookReceiver("bitbucket", check, _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery | None:
    """What the headers and the payload say; None for a connection that is tested."""
    if data.get("test") is True and "eventKey" not in data:
        return None
    event = needed_header(request, EVENT, r"[a-z][a-z_]*(?::[a-z_]+)+", "Bitbucket")
    if event == "diagnostics:ping":
        return None
    repository = repository_of(data)
    return Delivery(
        type=PREFIX + event.replace(":", "."),
        source="https://bitbucket.org" if repository is None else repository.page or "/",
        # Of Cloud, and of a Data Center: the same each time a delivery is tried.
        id=request.header("X-Request-UUID") or request.header("X-Request-Id"),
        subject=_subject(data),
        time=_time(data),
    )


def _subject(data: dict[str, Any]) -> str | None:
    """The number of the pull request, the key of the status, the ref that was pushed first."""
    return (
        ident(data, "pullrequest", "id")
        or ident(data, "pullRequest", "id")
        or text(data, "commit_status", "key")
        or text(data, "changes", 0, "refId")
        or text(data, "push", "changes", 0, "new", "name")
        or text(data, "push", "changes", 0, "old", "name")
    )


def _time(data: dict[str, Any]) -> datetime | None:
    """When it happened, by the payload alone: a redelivery must give the same event."""
    for keys in (
        ("date",),
        ("approval", "date"),
        ("changes_request", "date"),
        ("commit_status", "updated_on"),
        ("comment", "updated_on"),
        ("pullrequest", "updated_on"),
    ):
        if (found := instant(data, *keys, unit="ms")) is not None:
            return found
    pushed = [
        found
        for change in items(data, "push", "changes")
        if (found := instant(path(change, "new", "target"), "date")) is not None
    ]
    return max(pushed, default=None)
