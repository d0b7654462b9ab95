"""The cases of the folder beside, changed in part, on the way that the service has for them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from streamgauge import CDEvent, WebhookRequest
from streamgauge.routing.offline import Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from tests.plugins.loading import loaded

Payload = dict[str, Any]

CASES = Path(__file__).parent / "cases"
HOST = "https://code.tidewater.example"
PAGE = f"{HOST}/ferries/booking"
A, B, C = "a1" * 20, "b2" * 20, "c3" * 20


def settings(**options: Any) -> Settings:
    """Settings in which only those of Gitea are set."""
    return dataclasses.replace(Settings.load({}), plugins={"gitea": options})


def offline(**options: Any) -> Offline:
    """The way from a delivery to CDEvents, unsigned, with empty memories."""
    plugins = loaded("gitea", allow_unsigned=True, **options)
    return Offline(plugins, RoutingTable(plugins.routes()))


def case(name: str, **changed: Any) -> Payload:
    """A case's payload, some of its members replaced."""
    return {**json.loads((CASES / f"{name}.json").read_bytes()), **changed}


def inside(payload: Payload, member: str, **changed: Any) -> Payload:
    """The payload, something inside of one of its members replaced."""
    return {**payload, member: {**payload[member], **changed}}


def request(payload: Payload, event: str, **headers: str) -> WebhookRequest:
    """A delivery; `headers` have their names with underscores."""
    base = {"content-type": "application/json", "x-gitea-event": event}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest({**base, **given}, json.dumps(payload).encode(), {})


def told(run: Offline, event: str, *payloads: Payload, **headers: str) -> list[CDEvent]:
    """What comes of webhooks with these payloads."""
    return [
        made
        for payload in payloads
        for made in run.cdevents(run.receive("gitea", request(payload, event, **headers)))
    ]


def kinds(events: list[CDEvent]) -> list[str]:
    """``service.deployed`` of each."""
    return [".".join(event.type.split(".")[2:4]) for event in events]
