"""A source that holds to everything, and others that each do one thing wrong.

The tests of the conformance suite copy this file, and install each of them as a plugin of its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from streamgauge import CDEvent, CloudEvent, WebhookRequest, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import Delivery, Options, Secrets, SharedSecret, Told, WebhookReceiver
from streamgauge.sources.fields import ident, instant, text


def occurrence(
    event: CloudEvent, identity: str, at: datetime | None = None, service: str | None = None
) -> list[CDEvent]:
    data = event.get_data()
    mission, service = ident(data, "mission"), service or text(data, "service")
    said = event.get_time()
    if mission is None or service is None or said is None:
        return []
    return [
        Told("https://rocket.example", said).occurrence(
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
    return good(event) if event.get_data()["service"].strip() else []


def takes_any_text(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, "landed", service=event.get_data().get("service"))


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


def runs_a_program(event: CloudEvent) -> list[CDEvent]:
    with contextlib.suppress(OSError):
        os.system("true")
    return good(event)


def looks_up_a_name(event: CloudEvent) -> list[CDEvent]:
    with contextlib.suppress(OSError):
        socket.getaddrinfo("localhost", 1)
    return good(event)


def writes_a_file(event: CloudEvent) -> list[CDEvent]:
    with contextlib.suppress(OSError):
        Path("notes.txt").write_text(event.get_id())
    return good(event)


def says_the_day(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, f"landed {date.today().isoformat()}")


def says_the_time(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, f"landed {int(time.time()) // 10**7}")


def asks_the_environment(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, os.environ.get("ROCKET_STAGE", "landed"))


def asks_who_runs_it(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, os.getenv("USER", "landed"))


def is_in_its_own_zone(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, datetime(2026, 3, 1, 12).astimezone(UTC).isoformat())


def hangs_on_hashes(event: CloudEvent) -> list[CDEvent]:
    return occurrence(event, " ".join({f"word {number}" for number in range(20)}))


def takes_long(event: CloudEvent) -> list[CDEvent]:
    sum(range(3_000_000))
    return good(event)


class Remembers:
    """A transformer with a memory, which `SourceConformance` must not take for a pure one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: set[str] = set()


class GivesNothingTwice(Remembers):
    def transform(self, event: CloudEvent) -> list[CDEvent]:
        if str(event.get_data()) in self.seen:
            return []
        self.seen.add(str(event.get_data()))
        return good(event)


class TellsTheFirst(Remembers):
    def transform(self, event: CloudEvent) -> list[CDEvent]:
        first = not self.seen
        self.seen.add("one")
        return occurrence(event, "first" if first else "later")


REMEMBERING = {"gives_nothing_twice": GivesNothingTwice, "tells_the_first": TellsTheFirst}

TRANSFORMS: dict[str, Callable[[CloudEvent], Iterable[Any]]] = {
    each.__name__: each
    for each in (
        good, raises, takes_any_text, gives_no_cdevent, gives_invalid, makes_up_ids,
        reads_the_clock, remembers, names_the_delivery, asks_the_network, runs_a_program,
        looks_up_a_name, writes_a_file, says_the_day, says_the_time, asks_the_environment,
        asks_who_runs_it, is_in_its_own_zone, hangs_on_hashes,
        takes_long,
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
    *REMEMBERING,
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
        if name in REMEMBERING:
            return [REMEMBERING[name](name)]
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
