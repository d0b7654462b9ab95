"""Whatever a transformer does, its event is parked with the reason and the log goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from streamgauge import CDEvent, CloudEvent
from streamgauge.hookspecs import State
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.helpers import a_deployment, an_event, drain, rows
from tests.routing.test_router import Deploys, router, subjects

CYCLE: dict[str, Any] = {}
CYCLE["itself"] = CYCLE


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class UnspeakableForGood(Exception):
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        raise self.error


class Raises:
    name = "bad"

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        raise self.error


class Remembers:
    name = "bad"

    def __init__(self, key: Any = "key", state: Any = None) -> None:
        self.key = key
        self.state = state

    def state_key(self, event: CloudEvent) -> Any:
        if isinstance(self.key, BaseException):
            raise self.key
        return self.key

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], Any]:
        return [a_deployment(100)], self.state


class Defaces:
    """Takes the event apart that it was given, then fails."""

    name = "bad"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        data: Any = event.get_data()
        data["number"] = 99
        event.get_attributes().clear()
        raise ValueError("no more")


BAD = {
    "SystemExit": (Raises(SystemExit(3)), "SystemExit: 3"),
    "CancelledError": (Raises(asyncio.CancelledError()), "CancelledError"),
    "an error without words": (Raises(Unspeakable()), "Unspeakable: (it cannot say"),
    "an error that exits": (
        Raises(UnspeakableForGood(SystemExit(3))),
        "UnspeakableForGood: (it cannot say",
    ),
    "an error that interrupts": (
        Remembers(key=UnspeakableForGood(KeyboardInterrupt())),
        "UnspeakableForGood: (it cannot say",
    ),
    "an error of many lines": (
        Raises(ValueError("a\r\n\0b\x1b[1m\u2028c")),
        r"ValueError: a\r\n\0b\x1b[1m\u2028c",
    ),
    "SystemExit for a key": (Remembers(key=SystemExit(3)), "SystemExit: 3"),
    "key is a number": (Remembers(key=7), "TypeError: the state key is 7"),
    "key is a list": (Remembers(key=["a"]), "TypeError: the state key is ['a']"),
    "key with U+0000": (Remembers(key="a\0b"), "ValueError: the state key 'a\\x00b' holds"),
    "key is half a pair": (Remembers(key="\ud800"), "UnicodeEncodeError"),
    "state is cyclic": (Remembers(state=CYCLE), "ValueError: cannot be written as JSON"),
    "state is an object": (Remembers(state={"x": object()}), "ValueError: cannot be written"),
    "state is half a pair": (Remembers(state={"x": "\ud800"}), "ValueError: cannot be written"),
    "the event is changed": (Defaces(), "ValueError: no more"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=list(BAD))
def test_it_is_parked_and_the_log_goes_on(database: Database, bad: Any, reason: str) -> None:
    CloudEventsLog(database).append([an_event(n) for n in (1, 2)])
    drain(router(database, [bad, Deploys()], page_size=1))
    assert subjects(database) == [("deployment-1",), ("deployment-2",)]
    found = rows(database, "select event_id, handler, reason from dead_letters order by position")
    assert [(event_id, handler) for event_id, handler, _ in found] == [
        ("event-1", "bad"),
        ("event-2", "bad"),
    ]
    assert all(said.startswith(reason) for _, _, said in found), found


class Reuses:
    """Makes all its CDEvents of one document."""

    name = "reuses"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        document: Any = a_deployment(0).document
        for number in (1, 2, 3):
            document["context"]["id"] = f"deployment-{number}"
            yield CDEvent(document)


def test_a_document_that_is_used_again_is_as_good_as_a_new_one(database: Database) -> None:
    CloudEventsLog(database).append([an_event(1)])
    drain(router(database, [Reuses()]))
    assert subjects(database) == [(f"deployment-{n}",) for n in (1, 2, 3)]


class InPlace:
    """Changes the state that it is given and gives it back; fails on 13 when that is done."""

    name = "in place"

    def state_key(self, event: CloudEvent) -> str | None:
        return "key"

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        state = {"seen": []} if state is None else state
        data: Any = event.get_data()
        state["seen"].append(data["number"])
        if data["number"] == 13:
            raise ValueError("thirteen")
        return [a_deployment(len(state["seen"]))], state


@pytest.mark.parametrize("page_size", [1, 2, 1000])
def test_state_that_is_changed_in_place_is_kept_as_if_it_were_new(
    database: Database, page_size: int
) -> None:
    CloudEventsLog(database).append([an_event(n) for n in (1, 2, 13, 3, 4, 5)])
    drain(router(database, [InPlace()], page_size=page_size))
    assert subjects(database) == [(f"deployment-{n}",) for n in range(1, 6)]
    (kept,) = rows(database, "select state from transformer_states")
    assert kept == ({"seen": [1, 2, 3, 4, 5]},)
