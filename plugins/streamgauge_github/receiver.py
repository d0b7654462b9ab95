"""The receiver: GitHub's webhooks at ``/webhooks/github``."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from streamgauge import Event, WebhookRequest, json_codec, new_event
from streamgauge.errors import InvalidInput, UnsupportedMediaType, WebhookRefused
from streamgauge.webhooks import hmac_sha256_matches
from streamgauge_github import attributes
from streamgauge_github.notice import PREFIXES
from streamgauge_github.options import Options

SIGNATURE = "X-Hub-Signature-256"
EVENT = "X-GitHub-Event"
DELIVERY = "X-GitHub-Delivery"

_EVENT_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_DELIVERY_ID = re.compile(r"[\x21-\x7e]+", re.ASCII)


class GithubReceiver:
    """Checks a delivery's signature and makes one CloudEvent of it."""

    name = "github"

    def __init__(self, options: Options) -> None:
        self._options = options

    def receive(self, request: WebhookRequest) -> list[Event]:
        """The event of the delivery, its data as the bytes GitHub sent; none for a ping."""
        _check_signature(request, self._options)
        event = _header(request, EVENT, _EVENT_NAME)
        delivery = _header(request, DELIVERY, _DELIVERY_ID)
        body = _json_of(request)
        data = _object(body)
        if event == "ping":
            return []
        return [
            new_event(
                id=delivery,
                source=attributes.source(data),
                type=PREFIXES[0] + event,
                subject=attributes.subject(event, data),
                time=attributes.time(event, data),
                data=body,
            )
        ]


def _check_signature(request: WebhookRequest, options: Options) -> None:
    if not options.secrets:
        if options.allow_unsigned:
            return
        raise WebhookRefused(
            "no webhook secret is configured here: set secret in [plugins.github] or "
            "STREAMGAUGE_GITHUB_SECRET to the one in GitHub's webhook settings"
        )
    signature = request.header(SIGNATURE)
    if signature is None:
        if request.header("X-Hub-Signature") is not None:
            raise WebhookRefused(
                "the delivery is only signed with SHA-1, which is not accepted; a GitHub that "
                "does not send X-Hub-Signature-256 is too old",
                where=SIGNATURE,
            )
        raise WebhookRefused(
            "the delivery is not signed: set the secret in GitHub's webhook settings too",
            where=SIGNATURE,
        )
    scheme, _, digest = signature.partition("=")
    if scheme != "sha256" or not hmac_sha256_matches(options.secrets, request.body, digest):
        raise WebhookRefused(
            "the signature does not match the body under any configured secret", where=SIGNATURE
        )


def _header(request: WebhookRequest, name: str, form: re.Pattern[str]) -> str:
    value = request.header(name)
    if not value:
        raise InvalidInput("the header is missing: is this a webhook from GitHub?", where=name)
    if not form.fullmatch(value):
        raise InvalidInput("the header is not of the form that GitHub sends", where=name)
    return value


def _json_of(request: WebhookRequest) -> bytes:
    """The JSON that the delivery carries, as the bytes it was written with."""
    content_type = request.header("Content-Type") or ""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        return request.body
    if media_type == "application/x-www-form-urlencoded":
        return _form_payload(request.body)
    raise UnsupportedMediaType(
        "must be application/json or application/x-www-form-urlencoded, the two that GitHub offers",
        where="Content-Type",
    )


def _form_payload(body: bytes) -> bytes:
    # Bytes throughout: urllib's form parser would decode them, and put U+FFFD for what is no text.
    for part in body.split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"payload":
            return unquote_to_bytes(value.replace(b"+", b" "))
    raise InvalidInput("the form has no field named payload", where="payload")


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json_codec.decode(body)
    except ValueError as error:
        raise InvalidInput(f"the payload is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise InvalidInput("the payload is not a JSON object")
    return data
