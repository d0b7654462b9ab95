"""Streamgauge: CloudEvents in, CDEvents between, DORA metrics out, every number replayable.

This is what plugin authors import; docs/plugins/write-a-plugin.md starts from here.
"""

from cloudevents.core.v1.event import CloudEvent

from streamgauge.cdevents import CDEvent
from streamgauge.cloudevents import Event, new_event
from streamgauge.endpoints import EndpointReply, EndpointRequest
from streamgauge.hookspecs import Endpoint, Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.webhooks import WebhookRequest

__version__ = "0.1.0"

__all__ = [
    "CDEvent",
    "CloudEvent",
    "Endpoint",
    "EndpointReply",
    "EndpointRequest",
    "Event",
    "Receiver",
    "StatefulTransformer",
    "Transformer",
    "WebhookRequest",
    "__version__",
    "hookimpl",
    "new_event",
]
