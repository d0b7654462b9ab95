"""Traces, by OpenTelemetry: from who sent an event to the facts that were folded from it.

They are off until `start` is called with the setting `otlp_endpoint`; nothing of OpenTelemetry is
imported before. Like logging, they are the process's own and go through no signature.
"""

from streamgauge.traces.context import Context as Context
from streamgauge.traces.context import context_of as context_of
from streamgauge.traces.process import Attributes as Attributes
from streamgauge.traces.process import Span as Span
from streamgauge.traces.process import are_on as are_on
from streamgauge.traces.process import check as check
from streamgauge.traces.process import span as span
from streamgauge.traces.process import start as start
from streamgauge.traces.process import stop as stop
