"""What every resource that takes deliveries has in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from falcon.asgi import Request, Response

from streamgauge_http.operations import JSON, Operation, Parameter
from streamgauge_http.runtime import Runtime

ANY: Mapping[str, Any] = {"type": "object"}
EVENTS: Mapping[str, Mapping[str, Any]] = {
    "application/cloudevents+json": ANY,
    "application/cloudevents-batch+json": {"type": "array", "items": ANY},
    JSON: {"description": "The data of an event in binary mode, whose attributes are headers."},
}
PROBLEMS = (
    *("body-cut-short", "body-too-large", "conflict", "invalid-cloudevent", "invalid-input"),
    *("origin-not-allowed", "rate-limited", "unsupported-media-type"),
)
_TOKEN = Parameter("access_token", "The token, where a sender cannot set the header Authorization.")


def delivery(summary: str, **more: Any) -> Operation:
    """An operation that takes events: 202, and what became of them is in headers."""
    declared: dict[str, Any] = {
        "role": "ingest",
        "tag": "Ingestion",
        "status": 202,
        "media_types": (),
        "parameters": (_TOKEN,),
        "body": EVENTS,
        "delivers": True,
        "problems": PROBLEMS,
    }
    return Operation(summary, **{**declared, **more})


class Entrance:
    """The base of a resource that takes deliveries."""

    operations: Mapping[str, Operation]

    def __init__(self, runtime: Runtime, *, also: Sequence[str] = ()) -> None:
        """`also` are methods that the path takes beside POST."""
        self.runtime = runtime
        self._allow = ", ".join(sorted({*also, "OPTIONS", "POST"}))

    async def on_options(self, req: Request, resp: Response, **params: Any) -> None:
        """The validation handshake: 204 with Allow, and with the grant if there is one."""
        resp.set_header("Allow", self._allow)
        await self.runtime.admission.consent(req, resp)
