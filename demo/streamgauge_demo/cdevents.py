"""The facts as a tool tells them that speaks CDEvents itself: one batch to /cdevents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from streamgauge import json_codec
from streamgauge_demo.company import NAME
from streamgauge_demo.facts import Deployment, Fact
from streamgauge_demo.payloads import page
from streamgauge_demo.requests import Request, Window, guid, written
from streamgauge_demo.workload import image

PATH: Final = "/cdevents"
SOURCE: Final = f"https://releases.{NAME}.example"
"""The release tool; it still writes CDEvents of release 0.4.1, and any release is understood."""


def requests(facts: Iterable[Fact], window: Window) -> list[Request]:
    """One request with all that the tool tells of within the window; none if that is nothing."""
    told = [
        fact
        for fact in facts
        if isinstance(fact, Deployment)
        and fact.service.reported_by == "cdevents"
        # The tool does not speak of what did not come up.
        and fact.result != "failure"
        and fact.ended in window
    ]
    if not told:
        return []
    return [
        Request(
            at=told[-1].ended,
            lane="release tool",
            path=PATH,
            headers={"Content-Type": "application/cloudevents-batch+json"},
            body=json_codec.encode([_cloudevent(deployment) for deployment in told]),
        )
    ]


def _cloudevent(deployment: Deployment) -> dict[str, Any]:
    """A CDEvent in the CloudEvent that carries it, which repeats its id, type and subject."""
    document = _cdevent(deployment)
    context = document["context"]
    return {
        "specversion": "1.0",
        "id": context["id"],
        "source": context["source"],
        "type": context["type"],
        "subject": document["subject"]["id"],
        "time": context["timestamp"],
        "datacontenttype": "application/json",
        "data": document,
    }


def _cdevent(deployment: Deployment) -> dict[str, Any]:
    predicate = "rolledback" if deployment.result == "rollback" else "deployed"
    return {
        "context": {
            "version": "0.4.1",
            "id": guid(deployment.service.name, "deployment", str(deployment.number)),
            "source": SOURCE,
            "type": f"dev.cdevents.service.{predicate}.0.2.0",
            "timestamp": written(deployment.ended),
        },
        "subject": {
            "id": deployment.service.full_name,
            "source": SOURCE,
            "type": "service",
            "content": {
                "environment": {"id": deployment.environment, "source": SOURCE},
                "artifactId": _artifact(deployment),
            },
        },
        "customData": {
            "commit": deployment.change.commit,
            "repository": page(deployment.service),
            "startedAt": written(deployment.at),
        },
    }


def _artifact(deployment: Deployment) -> str:
    """The package URL of the image."""
    reference, _, digest = image(deployment.change).partition("@")
    repository, _, tag = reference.rpartition(":")
    name = deployment.service.name
    return f"pkg:oci/{name}@{digest}?repository_url={repository}&tag={tag}"
