"""POST /v1/links: corrections over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from streamgauge import Event, WebhookRequest, json_codec
from streamgauge.errors import InvalidInput, UnsupportedMediaType
from streamgauge.paths import ADMIN
from streamgauge.timestamps import parse_rfc3339
from streamgauge_dora.correcting.correction import WHAT, Correction

_NEEDED: Final = ("what", "id", "deployment", "linked")
_MEMBERS: Final = (*_NEEDED, "reason", "by", "at")


class Corrections:
    """Makes an event of each correction. What it is about need not be known yet."""

    name = "links"
    needs_token = ADMIN

    def receive(self, request: WebhookRequest) -> Sequence[Event]:
        """The event. Without a time it is now, and the same sent again is another event, which
        says the same."""
        # JSON is insisted on: a form on any web page can send the rest.
        content_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise UnsupportedMediaType("send application/json", where="content-type")
        try:
            document = json_codec.decode_bounded(request.body)
        except ValueError as error:
            raise InvalidInput(str(error), where="body") from None
        return [read(document, now=datetime.now(UTC)).event()]


def read(document: Any, *, now: datetime) -> Correction:
    """The correction that a document is. Raises InvalidInput that names the member."""
    if not isinstance(document, Mapping):
        raise InvalidInput("must be a JSON object", where="body")
    for name in document:
        if name not in _MEMBERS:
            reason = f"there is no such member; there are: {', '.join(_MEMBERS)}"
            raise InvalidInput(reason, where=f"/{name}"[:80])
    for name in _NEEDED:
        if name not in document:
            raise InvalidInput("is needed", where=f"/{name}")
    if document["what"] not in WHAT:
        raise InvalidInput(f"must be one of {', '.join(WHAT)}", where="/what")
    if not isinstance(document["linked"], bool):
        raise InvalidInput("must be true or false", where="/linked")
    return Correction(
        what=document["what"],
        thing=_text(document, "id"),
        deployment=_text(document, "deployment"),
        linked=document["linked"],
        at=_instant(document["at"]) if "at" in document else now,
        by=_text(document, "by") if "by" in document else None,
        reason=_text(document, "reason") if "reason" in document else None,
    )


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document[name]
    if not isinstance(value, str) or not value:
        raise InvalidInput("must be a text that is not empty", where=f"/{name}")
    return value


def _instant(value: Any) -> datetime:
    try:
        return parse_rfc3339(value if isinstance(value, str) else "")
    except ValueError as error:
        raise InvalidInput(str(error), where="/at") from None
