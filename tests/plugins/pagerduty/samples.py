"""Deliveries of both versions about one incident of an invented company, cut down."""

from __future__ import annotations

import json
from typing import Any

from streamgauge import CDEvent
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.webhooks import WebhookRequest
from tests.plugins.loading import loaded

INCIDENT: dict[str, Any] = {
    "id": "Q1",
    "self": "https://api.pagerduty.com/incidents/Q1",
    "html_url": "https://hatworks.pagerduty.com/incidents/Q1",
    "created_at": "2026-03-02T10:00:00Z",
    "title": "Nobody can buy hats",
    "service": {"id": "P1", "summary": "Checkout"},
}


def v3(event: str, at: str, **incident: Any) -> dict[str, Any]:
    data = {**INCIDENT, **incident}
    return {"event": {"id": f"{event} {at}", "event_type": event, "occurred_at": at, "data": data}}


def v2(*messages: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "messages": [
            {"event": event, "created_on": at, "incident": {**INCIDENT, **incident}}
            for event, at, incident in messages
        ]
    }


def plugins(**options: Any) -> Plugins:
    return loaded("pagerduty", **options)


def request(payload: Any, **headers: str) -> WebhookRequest:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest({"content-type": "application/json", **named}, body, {})


def made(*payloads: Any, **options: Any) -> list[CDEvent]:
    """What comes of these deliveries, one after the other."""
    found = plugins(allow_unsigned=True, **options)
    run = Offline(found, RoutingTable(found.routes()))
    return [
        event
        for payload in payloads
        for event in run.cdevents(run.receive("pagerduty", request(payload)))
    ]
