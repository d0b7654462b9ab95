"""A request as a span, and the trace that the events it delivers are to carry on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from contextvars import ContextVar
from http import HTTPMethod

from falcon.asgi import Request, Response

from streamgauge import traces
from streamgauge.traces import Context, Span

METHODS = frozenset(map(str, HTTPMethod))
"""Those that have a name of their own in what is told; others may be any number."""
_QUIET = ("/healthz", "/readyz", "/metrics")
"""Asked every few seconds, by machines."""

carried: ContextVar[Context | None] = ContextVar("carried", default=None)
"""What an event without a trace of its own is recorded with; None where nothing is to be added."""


def begin(req: Request) -> None:
    """The head has been read. Call it only where traces are on."""
    if req.path in _QUIET:
        return
    headers = (req.get_header("TRACEPARENT"), req.get_header("TRACESTATE"))
    parent = Context.read(*headers)
    block = traces.span("request", parent=parent, kind="server")
    span = block.__enter__()
    req.context.span = block, span
    own = None if span is None else span.context
    # What the protocol's own header says is what the extension says, where there is one.
    carried.set((parent or own) if own is not None and own.sampled else None)


def end(req: Request, resp: Response, route: str) -> None:
    """The answer is made."""
    begun: tuple[AbstractContextManager[Span | None], Span | None] | None
    begun = getattr(req.context, "span", None)
    if begun is None:
        return
    block, span = begun
    if span is not None:
        method = req.method if req.method in METHODS else "other"
        span.name(f"{method} {route}")
        span.note(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": resp.status_code,
            }
        )
        if (problem := getattr(resp.context, "problem", None)) is not None:
            span.note({"streamgauge.problem": problem})
        if resp.status_code >= 500:
            span.fail(str(resp.status_code))
    carried.set(None)
    block.__exit__(None, None, None)
