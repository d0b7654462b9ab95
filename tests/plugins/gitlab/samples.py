"""The cases of the folder beside, changed in part, on the way that the service has for them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from streamgauge import CDEvent, WebhookRequest
from streamgauge.routing.offline import NATIVE, Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from tests.plugins.loading import loaded

Payload = dict[str, Any]

CASES = Path(__file__).parent / "cases"
HOST = "https://git.tidewater.example"
PAGE = f"{HOST}/ferries/web/booking"
A, B, C = "a1" * 20, "b2" * 20, "c3" * 20


def settings(**options: Any) -> Settings:
    """Settings in which only those of GitLab are set."""
    return dataclasses.replace(Settings.load({}), plugins={"gitlab": options})


def offline(**options: Any) -> Offline:
    """The way from a delivery to CDEvents, unsigned, with empty memories."""
    plugins = loaded("gitlab", allow_unsigned=True, **options)
    return Offline(plugins, RoutingTable(plugins.routes()))


def case(name: str, **changed: Any) -> Payload:
    """A case's payload, some of its members replaced."""
    return {**json.loads((CASES / f"{name}.json").read_bytes()), **changed}


def with_attributes(payload: Payload, **changed: Any) -> Payload:
    """The payload, some of its `object_attributes` replaced."""
    return {**payload, "object_attributes": {**payload["object_attributes"], **changed}}


def request(payload: Payload, **headers: str) -> WebhookRequest:
    """A delivery; `headers` have their names with underscores."""
    base = {"content-type": "application/json", "x-gitlab-event": "Some Hook"}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest({**base, **given}, json.dumps(payload).encode(), {})


def told(run: Offline, *payloads: Payload, **headers: str) -> list[CDEvent]:
    """What comes of webhooks with these payloads."""
    return [
        event
        for payload in payloads
        for event in run.cdevents(run.receive("gitlab", request(payload, **headers)))
    ]


def by_knative(run: Offline, payload: Payload, ce_type: str, number: int = 1) -> list[CDEvent]:
    """What comes of a payload by Knative's GitLabSource: another id each time, no time."""
    headers = {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-type": ce_type,
        "ce-source": PAGE,
        "ce-id": f"{number:08}-0000-4000-8000-000000000000",
        "ce-comgitlabevent": "Some Hook",
    }
    delivery = WebhookRequest(headers, json.dumps(payload).encode(), {})
    return list(run.cdevents(run.receive(NATIVE, delivery)))


def kinds(events: list[CDEvent]) -> list[str]:
    """``service.deployed`` of each."""
    return [".".join(event.type.split(".")[2:4]) for event in events]
