"""The one module that imports OpenTelemetry."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context as Surroundings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from streamgauge import __version__
from streamgauge.containment import is_ctrl_c
from streamgauge.traces.context import TRACEPARENT, TRACESTATE, Context
from streamgauge.traces.process import Attributes, Kind, Span

_PATH = "/v1/traces"
_KINDS = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "consumer": SpanKind.CONSUMER,
}
_written = TraceContextTextMapPropagator()


class Tracing:
    """A tracer, and where its spans go. All but the address is said by the variables OTEL_*."""

    def __init__(self, endpoint: str, role: str) -> None:
        attributes = {"service.version": __version__, "streamgauge.role": role}
        if "OTEL_SERVICE_NAME" not in os.environ:
            attributes["service.name"] = "streamgauge"
        self._provider = TracerProvider(
            resource=Resource.create(attributes), shutdown_on_exit=False
        )
        address = endpoint.rstrip("/")
        address = address if address.endswith(_PATH) else address + _PATH
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(address)))
        self._tracer = self._provider.get_tracer("streamgauge", __version__)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    @contextmanager
    def span(
        self,
        name: str,
        parent: Context | None,
        links: Sequence[Context],
        kind: Kind,
        attributes: Attributes,
    ) -> Iterator[Span]:
        """The block as a span."""
        began = time.time_ns()
        made = self._tracer.start_span(
            name,
            context=None if parent is None else _surroundings(parent),
            kind=_KINDS[kind],
            attributes=attributes,
            links=[_link(each) for each in links],
            start_time=began,
        )
        begun = _Begun(made, began)
        try:
            with trace.use_span(made, record_exception=False, set_status_on_exception=False):
                yield begun
        except BaseException as error:
            if not is_ctrl_c(error):
                begun.fail(type(error).__name__)
            raise
        finally:
            made.end()

    def copies(
        self, name: str, original: Span, parents: Sequence[Context], attributes: Attributes
    ) -> None:
        """One in each of the parents' traces."""
        assert isinstance(original, _Begun)
        for parent in parents:
            made = self._tracer.start_span(
                name,
                context=_surroundings(parent),
                attributes=attributes,
                links=[Link(original.made.get_span_context())],
                start_time=original.began,
            )
            made.end()


class _Begun:
    """A span of OpenTelemetry's, and when it began."""

    def __init__(self, made: trace.Span, began: int) -> None:
        self.made = made
        self.began = began

    def name(self, text: str) -> None:
        self.made.update_name(text)

    def note(self, attributes: Attributes) -> None:
        self.made.set_attributes(attributes)

    def fail(self, kind: str) -> None:
        self.made.set_attribute("error.type", kind)
        self.made.set_status(Status(StatusCode.ERROR))

    @property
    def context(self) -> Context:
        carrier: dict[str, str] = {}
        _written.inject(carrier, trace.set_span_in_context(self.made))
        return Context(carrier[TRACEPARENT], carrier.get(TRACESTATE) or None)


def _surroundings(context: Context) -> Surroundings:
    carrier = {TRACEPARENT: context.traceparent}
    if context.tracestate is not None:
        carrier[TRACESTATE] = context.tracestate
    return _written.extract(carrier, Surroundings())


def _link(context: Context) -> Link:
    return Link(trace.get_current_span(_surroundings(context)).get_span_context())
