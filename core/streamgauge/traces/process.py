"""The traces of this process: on or off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, Protocol

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings
from streamgauge.traces.context import Context

if TYPE_CHECKING:
    from streamgauge.traces.opentelemetry import Tracing

Kind = Literal["internal", "server", "consumer"]
Attributes = Mapping[str, str | int | float | bool]


class Span(Protocol):
    """Something that takes its time, while it does."""

    def name(self, text: str) -> None:
        """Call it otherwise."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Say more of it."""
        ...

    def fail(self, kind: str) -> None:
        """It went wrong: in which way, without what was said of it."""
        ...

    @property
    def context(self) -> Context:
        """For what continues it elsewhere."""
        ...


_tracing: Tracing | None = None


def check(settings: Settings) -> None:
    """Raise SettingsError where there is to be tracing, and the extra is not installed."""
    if settings.otlp_endpoint is not None and not _is_installed():
        raise SettingsError(
            "otlp_endpoint is set, and OpenTelemetry is not installed: "
            "pip install 'streamgauge[otel]', or unset it"
        )


def _is_installed() -> bool:
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ImportError:
        return False


def start(settings: Settings, role: str) -> None:
    """Trace from here on, if the setting says so. Call it in the process that is traced.

    Raises SettingsError where the extra is not installed.
    """
    global _tracing
    check(settings)
    if settings.otlp_endpoint is not None and _tracing is None:
        from streamgauge.traces.opentelemetry import Tracing

        _tracing = Tracing(settings.otlp_endpoint, role)


def stop() -> None:
    """Send what is left, and trace no more."""
    global _tracing
    if _tracing is not None:
        _tracing.close()
        _tracing = None


def are_on() -> bool:
    """Whether this process traces."""
    return _tracing is not None


@contextmanager
def span(
    name: str,
    *,
    parent: Context | None = None,
    links: Sequence[Context] = (),
    kind: Kind = "internal",
    attributes: Attributes | None = None,
) -> Iterator[Span | None]:
    """What the block does, as a span: of `parent`'s trace, else within the one at hand, else of a
    new trace. None where traces are off. What the block raises is noted by its kind."""
    if _tracing is None:
        yield None
        return
    with _tracing.span(name, parent, links, kind, attributes or {}) as begun:
        yield begun


def copies(name: str, original: Span, parents: Sequence[Context], attributes: Attributes) -> None:
    """A span for each of the parents, of the same time as the original, which is about to end, and
    linked to it."""
    if _tracing is not None:
        _tracing.copies(name, original, parents, attributes)
