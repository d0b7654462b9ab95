"""CDEvents: the vocabulary, the validators built from it, and events to build and read."""

from streamgauge.cdevents.binding import Binding, Bound, attributes_of
from streamgauge.cdevents.deviations import Deviation, Mode, noted
from streamgauge.cdevents.event import DEPLOYMENT_FAILED, CDEvent, event_id, new
from streamgauge.cdevents.gate import check_storable, validate
from streamgauge.cdevents.local_schemas import LocalSchemas
from streamgauge.cdevents.prose import examine
from streamgauge.cdevents.vocabulary import EventType, kind_of, lookup, newest

__all__ = [
    "DEPLOYMENT_FAILED",
    "Binding",
    "Bound",
    "CDEvent",
    "Deviation",
    "EventType",
    "LocalSchemas",
    "Mode",
    "attributes_of",
    "check_storable",
    "event_id",
    "examine",
    "kind_of",
    "lookup",
    "new",
    "newest",
    "noted",
    "validate",
]
