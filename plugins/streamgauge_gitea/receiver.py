"""The receiver: the webhooks of Gitea and Forgejo at ``/webhooks/gitea``."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime
from typing import Any

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput
from streamgauge.sources import ByHeader, Delivery, Signed, WebhookReceiver, body_of
from streamgauge.sources.fields import ident, url, word
from streamgauge_gitea.notice import FORGEJO, GITEA, when
from streamgauge_gitea.options import Options
from streamgauge_gitea.repository import repository_of

EVENT = "X-Gitea-Event"
# Forgejo, and older releases of Gitea, leave the first empty for packages and statuses.
_NAMES = (EVENT, "X-Gitea-Event-Type")
_FORM = "payload"
_EVENT = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)

_SUBJECTS = (
    "number",
    "workflow_job.id",
    "workflow_run.id",
    "run.id",
    "release.tag_name",
    "package.name",
    "ref",
)
"""The fields that name what an event is about; the first that is there counts."""

_TIMES = (
    "pull_request.updated_at",
    "issue.updated_at",
    "release.published_at",
    "package.created_at",
    "workflow_job.completed_at",
    "workflow_job.started_at",
    "workflow_run.completed_at",
    "workflow_run.started_at",
    "run.stopped",
)
"""The fields that say when, likewise. A push, and what concerns the whole repository, have none."""


def receiver(options: Options) -> WebhookReceiver:
    """Checks a delivery's signature and makes one CloudEvent of it."""
    plain = [Signed(options.secrets, [f"X-{tool}-Signature"]) for tool in ("Forgejo", "Gitea")]
    signed = ByHeader(
        [(each.headers[0], each) for each in plain],
        Signed(options.secrets, ["X-Hub-Signature-256"], "sha256="),
    )

    def check(request: WebhookRequest) -> None:
        # Unlike GitHub, both sign the payload as it was before it was put into a form.
        signed(dataclasses.replace(request, body=body_of(request, _FORM)))

    return WebhookReceiver("gitea", check, _delivery, form_field=_FORM)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery | None:
    """What the headers and the payload say.

    The id of a delivery is another one when it is sent again, so the event's is made of the body.
    """
    prefix = GITEA if request.header("X-Forgejo-Event") is None else FORGEJO
    repository = repository_of(data)
    page = url(data, "package", "html_url") or "gitea"
    return Delivery(
        type=prefix + _event(request),
        source=page if repository is None else repository.page,
        subject=next((found for each in _SUBJECTS if (found := _ident(data, each))), None),
        time=_time(data),
    )


def _event(request: WebhookRequest) -> str:
    """The name of the event. Raises InvalidInput that says whose delivery this is."""
    if request.header(EVENT) is None:
        raise InvalidInput(
            "the header is missing: this is no webhook of Gitea or Forgejo"
            + (
                "; GitHub's go to /webhooks/github"
                if request.header("X-GitHub-Event") is not None
                else ""
            ),
            where=EVENT,
        )
    name = next((found for each in _NAMES if (found := request.header(each))), "")
    if not _EVENT.fullmatch(name):
        raise InvalidInput("the header is not of the form that Gitea sends", where=EVENT)
    return name


def _ident(data: object, field: str) -> str | None:
    return ident(data, *field.split("."))


def _time(data: object) -> datetime | None:
    """When it happened, by the payload alone: a redelivery must give the same event."""
    if word(data, "action") == "deleted":
        return None  # what is there is of the last change before
    for field in _TIMES:
        if (found := when(data, *field.split("."))) is not None:
            return found
    return None
