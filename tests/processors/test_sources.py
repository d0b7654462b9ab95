"""Sources: when each spoke last, how often, and how long it was silent; made of the log alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import new_event
from streamgauge.postgres.database import Database
from streamgauge.processors import sources
from streamgauge.processors.sources import Heard, Sources, heard, listed
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.recorder import RecordedRow
from tests.helpers import START, drain, rows


def said(source: str, number: int) -> Any:
    return new_event(id=str(number), source=source, type="a.b", data={"source": "/other"})


def row(position: int, source: str, at: datetime, tenant: str = "default") -> RecordedRow:
    return RecordedRow(position, tenant, "a.b", said(source, position).state, at, b"")


def spoken(database: Database) -> list[Heard]:
    with database.transaction() as cursor:
        return listed(cursor)


def test_each_source_is_counted_with_its_last_event(database: Database) -> None:
    log = CloudEventsLog(database)
    log.append([said("/a", 1), said("/b", 2), said("/a", 3)])
    drain(Sources(database))
    log.append([said("/a", 4)])
    drain(Sources(database))
    [a, b] = spoken(database)
    assert [(each.source, each.events) for each in (a, b)] == [("/a", 3), ("/b", 1)]
    at = dict(rows(database, "select notification_id, recorded_at from cloudevents_events"))
    assert (a.first_at, a.last_at, b.last_at) == (at[1], at[4], at[2])
    assert a.longest_silence == max(at[3] - at[1], at[4] - at[3])


@given(
    steps=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9)), min_size=1),
    cut=st.integers(0, 20),
)
def test_the_longest_silence_is_between_two_events_of_a_source(
    steps: list[tuple[str, int]], cut: int
) -> None:
    at, told = START, []
    for position, (source, minutes) in enumerate(steps):
        at += timedelta(minutes=minutes)
        told.append(row(position, f"/{source}", at))
    for key, found in heard(told).items():
        times = [each.recorded_at for each in told if f'"{key[1]}"'.encode() in each.state]
        gaps = [later - sooner for sooner, later in pairwise(times)]
        assert found.events == len(times)
        assert (found.first_at, found.last_at) == (times[0], times[-1])
        assert found.longest_silence == max(gaps, default=timedelta())


def test_the_silence_between_two_pages_counts(database: Database) -> None:
    parts: Sequence[Sequence[RecordedRow]] = [
        [row(1, "/a", START), row(2, "/a", START + timedelta(minutes=1))],
        [row(3, "/a", START + timedelta(hours=5))],
        [row(4, "/a", START + timedelta(hours=6))],
    ]
    for part in parts:
        with database.transaction() as cursor:
            sources._note(cursor, heard(part))
    assert spoken(database)[0].longest_silence == timedelta(hours=4, minutes=59)


def test_tenants_have_sources_of_their_own(database: Database) -> None:
    with database.transaction() as cursor:
        sources._note(cursor, heard([row(1, "/a", START), row(2, "/a", START, "acme")]))
    assert [(each.tenant, each.events) for each in spoken(database)] == [
        ("acme", 1),
        ("default", 1),
    ]


def test_sources_beyond_a_number_are_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST", 3)
    log = CloudEventsLog(database)
    for n in range(8):
        log.append([said(f"/{n}", n), said("/0", 100 + n)])
        drain(Sources(database))
    assert {each.source: each.events for each in spoken(database)} == {
        "/0": 9, "/1": 1, "/2": 1, sources.OTHERS: 5,
    }  # fmt: skip


def test_a_source_longer_than_an_index_can_hold_is_cut(database: Database) -> None:
    CloudEventsLog(database).append([said("/" + "x" * 60_000, 1)])
    drain(Sources(database))
    assert len(spoken(database)[0].source) == 303
