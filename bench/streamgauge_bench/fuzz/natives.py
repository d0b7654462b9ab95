"""CDEvents of every release, a custom one, and one of a release that is not known yet."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from random import Random
from typing import Any

from streamgauge import cdevents
from streamgauge.cdevents import EventType
from streamgauge.cdevents.vocabulary import RELEASED
from streamgauge.errors import InvalidCDEvent

_PURL = "pkg:oci/shop@sha256%3A4a2f"
_REF = {"id": "production", "source": "/environments"}
_CONTENTS: dict[str, dict[str, Any]] = {
    "artifact.published": {},
    "branch.created": {"repository": {"id": "shop"}},
    "build.finished": {"artifactId": _PURL},
    "build.queued": {},
    "change.merged": {},
    "environment.created": {"name": "production"},
    "incident.detected": {"environment": _REF, "description": "slow", "artifactId": _PURL},
    "pipelinerun.queued": {"pipelineName": "release"},
    "pipelinerun.finished": {"pipelineName": "release", "outcome": "success"},
    "service.deployed": {"environment": _REF, "artifactId": _PURL},
    "service.rolledback": {"environment": _REF, "artifactId": _PURL},
    "taskrun.started": {"taskName": "test", "pipelineRun": {"id": "run-1"}},
    "testsuiterun.started": {"environment": _REF, "trigger": {"type": "manual"}},
    "ticket.created": {"uri": "/tickets/1", "summary": "broken", "creator": "ann"},
}
OPEN = 3
"""How many of the documents, the last ones, may have any content."""

_SPELLED = {"pipelinerun": "pipelineRun", "taskrun": "taskRun", "testsuiterun": "testSuiteRun"}


def document(rng: Random, event_id: str) -> dict[str, Any]:
    """A valid CDEvent with this id, with or without what is optional."""
    # In content that no schema is known of, a mutation is let through.
    made = deepcopy(rng.choice(_all() if rng.random() < 0.8 else _all()[-OPEN:]))
    context = made["context"]
    context["id"] = event_id
    if rng.random() < 0.3:
        made["customData"] = {"note": "x", "number": 1.5}
    elif rng.random() < 0.1:
        made |= {"customData": "AAEC", "customDataContentType": "application/octet-stream"}
    if context.get("specversion") and rng.random() < 0.3:
        context["chainId"] = "4c8cb7dd-3448-41de-8768-eec704e2829b"
        context["schemaUri"] = "https://schemas.example/custom"
        context["links"] = [{"linkType": "PATH", "from": {"contextId": "event-0"}}]
    return made


def around(made: dict[str, Any]) -> dict[str, Any]:
    """The attributes that the binding wants, without data."""
    found = dict(cdevents.attributes_of(made))
    del found["datacontenttype"]
    return found


@cache
def _all() -> list[dict[str, Any]]:
    return list(_made())


def _made() -> Iterator[dict[str, Any]]:
    for event_type in RELEASED.values():
        if event_type.kind in _CONTENTS:
            for release in event_type.releases:
                made = _document(event_type, release)
                try:
                    cdevents.validate(made)
                except InvalidCDEvent:  # a member that this version has not, or wants otherwise
                    made["subject"]["content"] = {}
                yield made
    newest = _document(cdevents.newest("build.queued"), "0.5.1")
    newest["subject"]["content"] = {"name": "x", "list": [1], "object": {"a": {}}}
    yield _named(newest, "dev.cdeventsx.tool-subject.predicate.0.1.0")
    yield _named(newest, cdevents.DEPLOYMENT_FAILED)
    yield _named(newest, "dev.cdevents.build.queued.9.0.0")


def _named(made: dict[str, Any], name: str) -> dict[str, Any]:
    return {**made, "context": {**made["context"], "type": name}}


def _document(event_type: EventType, release: str) -> dict[str, Any]:
    newest = release == "0.5.1"
    subject: dict[str, Any] = {"id": _PURL if event_type.subject == "artifact" else "shop"}
    if not newest:
        subject["type"] = _SPELLED.get(event_type.subject, event_type.subject)
    return {
        "context": {
            "specversion" if newest else "version": release,
            "id": "",
            "source": "/fuzz/native",
            "type": event_type.name,
            "timestamp": "2026-03-01T12:30:00Z",
        },
        "subject": {**subject, "content": _CONTENTS[event_type.kind]},
    }
