"""A source that holds to everything, and others that each do one thing wrong.

The tests of the conformance suite copy this file, and install each of them as a plugin of its own.
"""

from __future__ import annotations

import dataclasses
import socket
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from streamgauge import CDEvent, CloudEvent, WebhookRequest, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import Delivery, Options, Secrets, SharedSecret, Told, WebhookReceiver
from streamgauge.sources.fields import ident, instant, text


def occurrence(event: CloudEvent, identity: str, at: datetime | None = None) -> list[CDEvent]:
    data = event.get_data()
    mission, service = ident(data, "mission"), text(data, "service")
    time = event.get_time()
    if mission is None or service is None or time is None:
        return []
    return [
        Told("https://rocket.example", time).occurrence(
            "service.deployed",
            *(mission, identity),
            at=at or instant(data, "at"),
            subject=service,
            content={
                "environment": {"id": "moon"},
                "artifactId": f"pkg:generic/{service}@{mission}",
            },
        )
    ]


def good(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, "landed")


def raises(event: CloudEvent) -> list[CDEvent]:
    return [each for each in good(event) if event.get_data()["at"]]


def gives_no_cdevent(event: CloudEvent) -> list[Any]:
    return [{"type": "service.deployed"}]


def gives_invalid(event: CloudEvent) -> list[CDEvent]:
    made = good(event)
    for each in made:
        del each.document["subject"]["content"]["environment"]
    return made


def makes_up_ids(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, str(uuid.uuid4()))


def reads_the_clock(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, "landed", datetime.now(UTC))


_seen: list[str] = []


def remembers(event: CloudEvent) -> list[CDEvent]:
    _seen.append(event.get_id())
    return occurrence(event, str(len(_seen)))


def names_the_delivery(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, event.get_id())


def asks_the_network(event: CloudEvent) -> list[CDEvent]:
    try:
        socket.create_connection(("127.0.0.1", 1), timeout=0.01)
    except OSError:
        return good(event)
    return []


TRANSFORMS: dict[str, Callable[[CloudEvent], Iterable[Any]]] = {
    each.__name__: each
    for each in (
        good, raises, gives_no_cdevent, gives_invalid, makes_up_ids, reads_the_clock, remembers,
        names_the_delivery, asks_the_network,
    )
}  # fmt: skip


Describe = Callable[[WebhookRequest, dict[str, Any]], Delivery]


def describing(name: str) -> Describe:
    def describe(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
        identity = request.header("X-Rocket-Id")
        return Delivery(f"com.rocket.{name}", "rocket", identity, time=instant(data, "at"))

    def raises_at_the_door(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
        return dataclasses.replace(describe(request, data), subject=data["service"].upper())

    def notes_when_it_came(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
        return dataclasses.replace(describe(request, data), time=request.received)

    def makes_up_events(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
        return dataclasses.replace(describe(request, data), id=str(uuid.uuid4()))

    def needs_its_header(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
        return dataclasses.replace(describe(request, data), subject=request.headers["x-rocket-id"])

    ways = (raises_at_the_door, notes_when_it_came, makes_up_events, needs_its_header)
    return {each.__name__: each for each in ways}.get(name, describe)


SOURCES = (
    *TRANSFORMS,
    "raises_at_the_door",
    "notes_when_it_came",
    "makes_up_events",
    "needs_its_header",
    "takes_from_anybody",
)


def plugin(name: str) -> dict[str, Any]:
    """The hooks of one source, for a module of its own."""
    transform = TRANSFORMS.get(name, good)

    @hookimpl
    def transformers() -> list[Any]:
        return [SimpleNamespace(name=name, transform=transform)]

    @hookimpl
    def routes() -> dict[str, list[str]]:
        return {f"com.rocket.{name}": [name]}

    @hookimpl
    def receivers(settings: Settings) -> list[Any]:
        check: Any = SharedSecret(Secrets.of(Options(settings, name)))
        if name == "takes_from_anybody":
            check = lambda request: None  # noqa: E731
        return [WebhookReceiver(name, check, describing(name))]

    return {"transformers": transformers, "routes": routes, "receivers": receivers}
