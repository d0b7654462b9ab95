"""CDEvents: the vocabulary, the validators built from it, and events to build and read."""

from streamgauge.cdevents.event import DEPLOYMENT_FAILED, CDEvent, event_id, new
from streamgauge.cdevents.gate import check_storable, validate
from streamgauge.cdevents.links import end, path, relation, validate_link
from streamgauge.cdevents.vocabulary import EventType, kind_of, lookup, newest

__all__ = [
    "DEPLOYMENT_FAILED",
    "CDEvent",
    "EventType",
    "check_storable",
    "end",
    "event_id",
    "kind_of",
    "lookup",
    "new",
    "newest",
    "path",
    "relation",
    "validate",
    "validate_link",
]
