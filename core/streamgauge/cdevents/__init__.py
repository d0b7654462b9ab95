"""CDEvents: the vocabulary, the validators built from it, and events to build and read."""

from streamgauge.cdevents.event import DEPLOYMENT_FAILED, CDEvent, event_id, new

__all__ = ["DEPLOYMENT_FAILED", "CDEvent", "event_id", "new"]
