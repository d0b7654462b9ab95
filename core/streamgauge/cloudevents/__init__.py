"""CloudEvents 1.0.2: reading, checking and writing them exactly.

The SDK's inbound parser is not used: it invents missing ids and times, chooses the content mode
by the wrong header and has no batch. Its event type is what plugins see (`to_sdk`).
"""

from streamgauge.cloudevents.event import Event, new_event
from streamgauge.cloudevents.sdk import to_sdk

__all__ = ["Event", "new_event", "to_sdk"]
