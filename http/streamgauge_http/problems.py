"""Every answer that is not a success, as problem details (RFC 9457).

`type` is ``/problems/<slug>``; a slug keeps its meaning for ever, and docs/reference/problems.md
lists them all. What the server answers before the application sees a request is in
server/problems.py.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import falcon
import falcon.asgi

from streamgauge import json_codec
from streamgauge.errors import (
    BatchTooLarge,
    DatabaseUnavailable,
    InvalidCDEvent,
    InvalidCloudEvent,
    InvalidInput,
    InvalidQuery,
    StreamgaugeError,
    UnknownName,
    UnsupportedMediaType,
    WebhookRefused,
)
from streamgauge.processors.dead_letters import AlreadyHandled
from streamgauge_http.live.feeds import TooManyViewers
from streamgauge_http.refusals import (
    Closed,
    Forbidden,
    OriginNotAllowed,
    RateLimited,
    Unauthorized,
)
from streamgauge_http.server.body import BodyCutShort, BodyTooLarge
from streamgauge_http.server.problems import MEDIA_TYPE

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5

KINDS: Mapping[type[StreamgaugeError], tuple[str, int, str]] = {
    BodyTooLarge: ("body-too-large", 413, "The body is too large"),
    BatchTooLarge: ("batch-too-large", 413, "Too many events in the batch"),
    BodyCutShort: ("body-cut-short", 400, "The body was cut short"),
    InvalidCloudEvent: ("invalid-cloudevent", 400, "Not a CloudEvent"),
    InvalidCDEvent: ("invalid-cdevent", 400, "Not a valid CDEvent"),
    UnsupportedMediaType: ("unsupported-media-type", 415, "Unsupported media type"),
    Unauthorized: ("unauthorized", 401, "A token is needed"),
    OriginNotAllowed: ("origin-not-allowed", 403, "The origin may not deliver"),
    Closed: ("closed", 403, "Open to this machine only"),
    Forbidden: ("forbidden", 403, "The token does not cover this"),
    RateLimited: ("rate-limited", 429, "Too many requests"),
    WebhookRefused: ("webhook-refused", 403, "The webhook was refused"),
    InvalidQuery: ("invalid-query", 400, "The query is not valid"),
    InvalidInput: ("invalid-input", 400, "The request is not valid"),
    UnknownName: ("not-found", 404, "Not found"),
    AlreadyHandled: ("already-handled", 409, "Already handled"),
    TooManyViewers: ("too-many-viewers", 503, "Too many viewers"),
    DatabaseUnavailable: ("unavailable", 503, "Temporarily unavailable"),
}


def answer(
    req: falcon.asgi.Request,
    resp: falcon.asgi.Response,
    slug: str,
    status: int,
    title: str,
    detail: str,
    **more: Any,
) -> None:
    """Make `resp` this problem. `more` are further members; None leaves one out."""
    document = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        **{name: value for name, value in more.items() if value not in (None, "")},
        "request_id": req.context.request_id,
    }
    resp.context.problem = slug
    resp.status = status
    resp.content_type = MEDIA_TYPE
    resp.data = json_codec.encode(document)


async def on_known_error(
    req: falcon.asgi.Request, resp: falcon.asgi.Response, error: StreamgaugeError, params: Any
) -> None:
    """Answer an error that was raised on purpose."""
    for kind, (slug, status, title) in KINDS.items():
        if isinstance(error, kind):
            detail = error.reason if isinstance(error, InvalidInput) else str(error)
            answer(
                req,
                resp,
                slug,
                status,
                title,
                detail,
                where=getattr(error, "where", None),
                allowed=getattr(error, "allowed", None) or getattr(error, "known", None),
            )
            if status == HTTPStatus.SERVICE_UNAVAILABLE:
                logger.warning("%s %s: 503: %s", req.method, _place(req), detail)
                resp.set_header("Retry-After", str(RETRY_AFTER_SECONDS))
            resp.set_headers(dict(getattr(error, "headers", {})))
            return
    await on_bug(req, resp, error, params)


async def on_http_error(
    req: falcon.asgi.Request, resp: falcon.asgi.Response, error: falcon.HTTPError, params: Any
) -> None:
    """Answer what Falcon itself refuses: an unknown path, a method that is not allowed."""
    status = error.status_code
    phrase = HTTPStatus(status).phrase
    detail = error.description or f"{req.method} {_place(req)}: {phrase.lower()}"
    if status == HTTPStatus.NOT_FOUND and not error.description:
        detail = "there is nothing at this path; GET / says what there is"
    # A method that nobody has heard of, say: what the server calls malformed too.
    slug = "malformed-request" if status == HTTPStatus.BAD_REQUEST else phrase.lower()
    # Not the error's own title, which has the status in it: a type has one title.
    answer(req, resp, slug.replace(" ", "-"), status, phrase.capitalize(), detail)
    if error.headers:
        resp.set_headers(error.headers)


async def on_bug(
    req: falcon.asgi.Request, resp: falcon.asgi.Response, error: Exception, params: Any
) -> None:
    """Answer what nobody foresaw; the text of the error goes to the log, not to the client."""
    logger.error("%s %s failed", req.method, _place(req), exc_info=error)
    answer(
        req,
        resp,
        "internal-error",
        500,
        "Internal error",
        "the request could not be handled; nothing of it was recorded, and the log says why",
    )


def _place(req: falcon.asgi.Request) -> str:
    """Which path it is, by its template: what stands in a part of a plugin's own path may be a
    secret. What stands after /webhooks/ is a name."""
    if req.path.startswith("/webhooks/"):
        return req.path[:200]
    return req.uri_template or "this path"


class EventTooLarge(BodyTooLarge):
    """One event of a batch is larger than a single event may be."""

    def __init__(self, limit: int, *, where: str) -> None:
        super().__init__(limit)
        self.where = where
        self.reason = f"an event of the batch is larger than {limit} bytes"
