"""CDEvents: the vocabulary, the validators built from it, and events to build and read.

docs/reference/cdevents.md says what each name promises.
"""

from streamgauge.cdevents.binding import Binding, Bound, attributes_of, in_cloudevent
from streamgauge.cdevents.building import new
from streamgauge.cdevents.deviations import Deviation, Mode, noted
from streamgauge.cdevents.event import (
    COMMITS_PUSHED,
    DEPLOYMENT_FAILED,
    LINK_CORRECTED,
    CDEvent,
    event_id,
)
from streamgauge.cdevents.gate import check_storable, validate
from streamgauge.cdevents.links import end, path, relation, validate_link
from streamgauge.cdevents.local_schemas import LocalSchemas
from streamgauge.cdevents.prose import examine
from streamgauge.cdevents.releases import rewrite, upgrade
from streamgauge.cdevents.shapes import Ref, Sbom, TestCase, TestSuite, Trigger
from streamgauge.cdevents.subjects import (
    artifact,
    branch,
    build,
    change,
    environment,
    incident,
    pipelinerun,
    repository,
    service,
    taskrun,
    testcaserun,
    testoutput,
    testsuiterun,
    ticket,
)
from streamgauge.cdevents.vocabulary import EventType, kind_of, lookup, newest

__all__ = [
    "COMMITS_PUSHED",
    "DEPLOYMENT_FAILED",
    "LINK_CORRECTED",
    "Binding",
    "Bound",
    "CDEvent",
    "Deviation",
    "EventType",
    "LocalSchemas",
    "Mode",
    "Ref",
    "Sbom",
    "TestCase",
    "TestSuite",
    "Trigger",
    "artifact",
    "attributes_of",
    "branch",
    "build",
    "change",
    "check_storable",
    "end",
    "environment",
    "event_id",
    "examine",
    "in_cloudevent",
    "incident",
    "kind_of",
    "lookup",
    "new",
    "newest",
    "noted",
    "path",
    "pipelinerun",
    "relation",
    "repository",
    "rewrite",
    "service",
    "taskrun",
    "testcaserun",
    "testoutput",
    "testsuiterun",
    "ticket",
    "upgrade",
    "validate",
    "validate_link",
]
