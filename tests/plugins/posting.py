"""Deliveries of the tools that deploy, run offline: what comes of payloads under settings."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from streamgauge import CDEvent, WebhookRequest
from streamgauge.cdevents import kind_of
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings

Payload = Mapping[str, Any]


class Run:
    """A log's worth of deliveries to one receiver."""

    def __init__(self, source: str, **options: Any) -> None:
        self._source = source
        self._offline = Offline(*_service(source, json.dumps(options)))

    def post(self, *payloads: Payload, **headers: str) -> list[CDEvent]:
        """The CDEvents that are new after these deliveries, one after the other."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return [
            event
            for payload in payloads
            for event in self._offline.cdevents(
                self._offline.receive(self._source, request(payload, **given))
            )
        ]


@cache
def _service(source: str, options: str) -> tuple[Plugins, RoutingTable]:
    told = {source: {"allow_unsigned": True, **json.loads(options)}}
    plugins = Plugins(dataclasses.replace(Settings.load({}), plugins=told))
    assert [each.error for each in plugins.plugins if each.error] == []
    return plugins, RoutingTable(plugins.routes())


def request(payload: Payload | bytes, **headers: str) -> WebhookRequest:
    """A delivery of JSON."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return WebhookRequest({"content-type": "application/json", **headers}, body, {})


def kinds(events: list[CDEvent]) -> list[str]:
    """``service.deployed``, or ``deployment.failed`` of ours."""
    return [str(kind_of(event.type)).rpartition("streamgauge-")[2] for event in events]
