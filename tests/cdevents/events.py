"""A valid event of any type, made from its schema, and the ways to spoil one."""

from __future__ import annotations

from typing import Any

from streamgauge.cdevents import EventType
from streamgauge.cdevents.schemas import schema

_FORMATS = {
    "date-time": "2026-03-01T12:30:00.25+01:00",
    "uri": "https://ci.example/runs/7",
    "uri-reference": "/teams/shop",
}


def event(event_type: EventType, *, whole: bool = True) -> dict[str, Any]:
    """An event of that type with each member there is, or with only those that are required."""
    document: dict[str, Any] = _example(schema(event_type), whole)
    document["context"]["type"] = event_type.name
    if "type" in document["subject"] and event_type.custom:
        document["subject"]["type"] = event_type.subject
    return document


def deployed() -> dict[str, Any]:
    """A service.deployed of the newest release."""
    return {
        "context": {
            "specversion": "0.5.1",
            "id": "271069a8-fc18-44f1-b38f-9d70a1695819",
            "source": "https://deploy.example/prod",
            "type": "dev.cdevents.service.deployed.0.3.0",
            "timestamp": "2026-03-01T12:30:00Z",
        },
        "subject": {
            "id": "shop",
            "source": "/clusters/blue",
            "content": {
                "environment": {"id": "production"},
                "artifactId": "pkg:oci/shop@sha256%3Aabc",
            },
        },
        "customData": {"ticket": 17},
    }


def custom(release: str = "0.5.1") -> dict[str, Any]:
    """A custom event in the form of a release."""
    document = deployed()
    document["context"]["type"] = "dev.cdeventsx.tool7-deployment.failed.0.1.0"
    document["subject"]["content"] = {"anything": [1, None, {"at": "all"}]}
    if release == "0.4.1":
        document["context"]["version"] = document["context"].pop("specversion")
        document["subject"]["type"] = "tool7-deployment"
    return document


def _example(described: dict[str, Any], whole: bool) -> Any:
    if "anyOf" in described:
        return _example(described["anyOf"][0], whole)
    if "enum" in described:
        return described["enum"][-1]
    match described["type"]:
        case "string":
            return _FORMATS.get(described.get("format", ""), "some-name")
        case "array":
            return [_example(described["items"], whole)]
        case "object" if "properties" in described:
            required = described["required"]
            return {
                name: _example(member, whole)
                for name, member in described["properties"].items()
                if whole or name in required
            }
    return {"free": ["form"]}
