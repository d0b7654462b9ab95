"""A replay while an event comes in with every page that it folds: it ends, and misses none."""

from __future__ import annotations

import threading
from itertools import count
from typing import Any

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.recorder import RecordedRow, StreamRecorder
from tests.helpers import a_deployment, append_cdevents, drain, process, processors, replay, rows
from tests.replay.test_replay import FACTS, linked, of_a_commit

PAGES = 200
"""More than a replay of so few events has any use for."""


@pytest.mark.parametrize("name", ["delivery", "cdevents"])
def test_a_replay_ends_though_events_keep_coming_in(
    database: Database, plugins: Plugins, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    process(database, plugins, [in_cloudevent(a_deployment(n)) for n in range(20)])
    numbers = count(20)
    page = StreamRecorder.page

    def page_and_one_more(recorder: StreamRecorder, *parts: Any, **more: Any) -> list[RecordedRow]:
        found = page(recorder, *parts, **more)
        number = next(numbers)
        assert number < 20 + PAGES, "it runs after the newest event for ever"
        if name == "delivery":
            append_cdevents(database, [a_deployment(number)])
        else:
            CloudEventsLog(database).append([in_cloudevent(a_deployment(number))])
        return found

    monkeypatch.setattr(StreamRecorder, "page", page_and_one_more)
    replay(database, plugins, name)
    monkeypatch.undo()
    drain(*processors(database, plugins))
    assert rows(database, "select count(*) from deployments") == [(next(numbers),)]


def test_links_begin_and_are_rebuilt_while_facts_move_all_the_time(
    database: Database, plugins: Plugins
) -> None:
    """A snapshot that the facts leave before they can be held would never be a good one."""
    append_cdevents(database, [of_a_commit(0)])
    router, deployments, links, *_ = processors(database, plugins)
    drain(router, deployments)
    stop = threading.Event()

    def move() -> None:
        number = 1
        while not stop.is_set():
            append_cdevents(database, [of_a_commit(number)])
            deployments.step()
            number += 1

    mover = threading.Thread(target=move)
    mover.start()
    try:
        assert links.step() > 0
        for _ in range(10):
            replay(database, plugins, "links")
    finally:
        stop.set()
        mover.join()
    drain(*processors(database, plugins))
    assert len(linked(database)) == len(rows(database, FACTS))
