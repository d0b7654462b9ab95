"""What the tests of CI servers share: the way from a delivery to CDEvents, with settings."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from streamgauge import WebhookRequest
from streamgauge.cdevents import CDEvent
from streamgauge.routing.offline import Offline
from streamgauge.routing.table import RoutingTable
from tests.plugins.loading import loaded


def offline(plugin: str, **options: Any) -> Offline:
    """The way with empty memories and these settings of the plugin."""
    return ways(plugin, **options)()


def ways(plugin: str, **options: Any) -> Callable[[], Offline]:
    """Makes such ways; plugins are loaded once."""
    plugins = loaded(plugin, **options)
    table = RoutingTable(plugins.routes())
    return lambda: Offline(plugins, table)


def told(run: Offline, source: str, *deliveries: WebhookRequest) -> list[CDEvent]:
    """The CDEvents of deliveries to a receiver, or to ``/`` as `cloudevents`."""
    return [event for each in deliveries for event in run.cdevents(run.receive(source, each))]


def delivery(data: Any, headers: dict[str, str] | None = None, **query: str) -> WebhookRequest:
    """A delivery of JSON."""
    given = {"content-type": "application/json", **(headers or {})}
    return WebhookRequest(given, json.dumps(data).encode(), query)
