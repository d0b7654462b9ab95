"""Hooks about one issue and one metric alert of an invented company, cut down."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from streamgauge import CDEvent
from streamgauge.cdevents import kind_of
from streamgauge.routing.offline import Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.webhooks import WebhookRequest
from tests.plugins.loading import loaded

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def hook(resource: str, action: str, sent: datetime, data: Any) -> WebhookRequest:
    headers = {
        "content-type": "application/json",
        "sentry-hook-resource": resource,
        "sentry-hook-timestamp": str(int(sent.timestamp())),
    }
    return WebhookRequest(headers, json.dumps({"action": action, "data": data}).encode(), {})


def issue(action: str, minute: float, **more: Any) -> WebhookRequest:
    told = {
        "id": "71",
        "title": "KeyError",
        "level": "error",
        "firstSeen": after(-1).isoformat(),
        "project": {"slug": "checkout"},
        **more,
    }
    return hook("issue", action, after(minute), {"issue": told})


def alert(minute: float, rule: str = "Many users", **more: Any) -> WebhookRequest:
    event = {
        "issue_id": "71",
        "datetime": after(minute).isoformat(),
        "title": "KeyError",
        "environment": "production",
        "url": "https://sentry.io/api/0/projects/hatworks/checkout/events/c0/",
        **more,
    }
    return hook("event_alert", "triggered", after(minute), {"event": event, "triggered_rule": rule})


def metric(action: str, minute: float, **more: Any) -> WebhookRequest:
    told = {
        "id": "88",
        "projects": ["checkout"],
        "alert_rule": {"name": "Checkout fails", "environment": None},
        "date_detected": NOON.isoformat(),
        **more,
    }
    return hook("metric_alert", action, after(minute), {"metric_alert": told})


def settings(**options: Any) -> Settings:
    return dataclasses.replace(Settings.load({}), plugins={"sentry": options})


def made(*requests: WebhookRequest, **options: Any) -> list[CDEvent]:
    """What comes of these hooks, one after the other."""
    plugins = loaded("sentry", allow_unsigned=True, **options)
    run = Offline(plugins, RoutingTable(plugins.routes()))
    return [e for request in requests for e in run.cdevents(run.receive("sentry", request))]


def told(*requests: WebhookRequest, **options: Any) -> list[tuple[str, float]]:
    """The same as words and minutes."""
    return [
        (str(kind_of(e.type)).partition(".")[2], (e.timestamp - NOON).total_seconds() / 60)
        for e in made(*requests, **options)
    ]
