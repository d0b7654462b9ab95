"""Deliveries of the cases, read, changed and run offline."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from pathlib import Path
from typing import Any

from streamgauge import CDEvent, WebhookRequest
from streamgauge.cdevents import kind_of
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.sources.captured import read_delivery

CASES = Path(__file__).parent / "cases"
OLDER, HEAD, MERGE = "a1" * 20, "b2" * 20, "c3" * 20


def settings(**options: Any) -> Settings:
    """Streamgauge's settings with these for the plugin."""
    return dataclasses.replace(Settings.load({}), plugins={"bitbucket": options})


def offline(**options: Any) -> Offline:
    """The way from a delivery to CDEvents."""
    plugins = _plugins(json.dumps(options))
    return Offline(plugins, RoutingTable(plugins.routes()))


@cache
def _plugins(options: str) -> Plugins:
    return Plugins(settings(allow_unsigned=True, **json.loads(options)))


def delivery(name: str, **changes: Any) -> WebhookRequest:
    """A case, or another like it with members of its commit_status changed."""
    read = read_delivery(CASES / f"{name}.json")
    if not changes:
        return read
    body = json.loads(read.body)
    body["commit_status"].update(changes)
    another = {**read.headers, "x-request-uuid": f"{changes}"}
    return dataclasses.replace(read, headers=another, body=json.dumps(body).encode())


def told(run: Offline, *deliveries: WebhookRequest) -> list[CDEvent]:
    """The new CDEvents that come of these."""
    return [event for each in deliveries for event in run.cdevents(run.receive("bitbucket", each))]


def kinds(events: list[CDEvent]) -> list[str]:
    return [str(kind_of(event.type)) for event in events]
