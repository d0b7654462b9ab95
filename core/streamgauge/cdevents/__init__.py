"""CDEvents: the vocabulary, the validators built from it, and events to build and read.

docs/reference/cdevents.md says what each name promises.
"""

from streamgauge.cdevents.building import new
from streamgauge.cdevents.event import DEPLOYMENT_FAILED, CDEvent, event_id
from streamgauge.cdevents.gate import check_storable, validate
from streamgauge.cdevents.links import end, path, relation, validate_link
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
    "DEPLOYMENT_FAILED",
    "CDEvent",
    "EventType",
    "Ref",
    "Sbom",
    "TestCase",
    "TestSuite",
    "Trigger",
    "artifact",
    "branch",
    "build",
    "change",
    "check_storable",
    "end",
    "environment",
    "event_id",
    "incident",
    "kind_of",
    "lookup",
    "new",
    "newest",
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
