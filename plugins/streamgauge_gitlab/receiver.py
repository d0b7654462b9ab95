"""The receiver: GitLab's webhooks at ``/webhooks/gitlab``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from streamgauge import WebhookRequest
from streamgauge.sources import (
    ByHeader,
    Check,
    Delivery,
    SharedSecret,
    StandardWebhooks,
    WebhookReceiver,
    needed_header,
)
from streamgauge.sources.fields import ident, instant, text, url, word
from streamgauge_gitlab.notice import PREFIX, kind_of
from streamgauge_gitlab.options import Options
from streamgauge_gitlab.project import project_of

EVENT = "X-Gitlab-Event"
INSTANCE = "X-Gitlab-Instance"
SIGNATURE = "webhook-signature"

_SUBJECTS = (
    "object_attributes.iid",
    "deployment_id",
    "build_id",
    "tag",
    "ref",
    "object_attributes.id",
)
"""The fields that name what an event is about; the first that is there counts."""

_TIMES = (
    "status_changed_at",
    "object_attributes.finished_at",
    "object_attributes.updated_at",
    "object_attributes.created_at",
    "build_finished_at",
    "build_started_at",
    "build_created_at",
    "released_at",
    "updated_at",
)
"""The fields that say when, likewise. A push and an event without any have none."""


def receiver(options: Options) -> WebhookReceiver:
    """Checks that a delivery is GitLab's and makes one CloudEvent of it."""
    return WebhookReceiver("gitlab", _check(options), _delivery)


def _check(options: Options) -> Check:
    """GitLab may show its secret token, sign with a signing token, or do both."""
    shown = SharedSecret(options.secrets, ["X-Gitlab-Token"])
    if not options.signing.values:
        return shown
    signed = StandardWebhooks(options.signing)
    # Without a secret token nothing but the signature counts: who leaves it out is refused.
    return ByHeader([(SIGNATURE, signed)], shown) if options.secrets.values else signed


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery | None:
    """What GitLab's headers and the payload say."""
    header = needed_header(request, EVENT, r"[A-Za-z][A-Za-z0-9_ ]*", "GitLab")
    kind = kind_of(data) or header.removesuffix(" Hook").lower().replace(" ", "_")
    return Delivery(
        type=PREFIX + kind,
        source=_source(request, data),
        # The same for every try of a delivery.
        id=request.header("Idempotency-Key") or request.header("webhook-id"),
        subject=next((found for each in _SUBJECTS if (found := _ident(data, each))), None),
        time=_time(data),
    )


def _source(request: WebhookRequest, data: dict[str, Any]) -> str:
    """Where the event is from: the project's page, else the instance."""
    project = project_of(data)
    if project is not None:
        return project.page
    instance = url({"url": request.header(INSTANCE)}, "url")
    if instance is None:
        return "gitlab"
    path = text(data, "path_with_namespace")
    page = url({"url": f"{instance.rstrip('/')}/{path}"}, "url") if path else None
    return page or instance


def _ident(data: object, field: str) -> str | None:
    return ident(data, *field.split("."))


def _time(data: object) -> datetime | None:
    """When it happened, by the payload alone: a redelivery must give the same event."""
    if word(data, "event_name") == "project_destroy":
        return None  # updated_at is of the last change before
    for field in _TIMES:
        if (found := instant(data, *field.split("."))) is not None:
            return found
    return None
