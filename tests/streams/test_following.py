"""A log is followed: every event once and in order, whatever becomes of the connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.following import LOGS, FollowedLog, Follower, Head, Page
from tests.helpers import a_deployment, an_event, append_cdevents, drain, processors, replay
from tests.service import eventually

CLOUDEVENTS, CDEVENTS = LOGS["cloudevents"], LOGS["cdevents"]


@contextmanager
def following(log: FollowedLog, head: Head, *, limit: int = 50) -> Iterator[list[Page]]:
    """The pages that it hands on, as they come."""
    pages: list[Page] = []
    follower = Follower(log, head, pages.append, limit=limit, max_bytes=100_000)
    try:
        yield pages
    finally:
        follower.stop()
        follower.join()


def positions(pages: list[Page]) -> list[int]:
    return [event.position for page in pages for event in page.events]


def test_the_head_is_where_a_log_ends(database: Database) -> None:
    assert FollowedLog(database, CLOUDEVENTS).head() == Head(0, 0)
    assert FollowedLog(database, CDEVENTS).head() == Head(1, 0)
    CloudEventsLog(database).append([an_event(n) for n in range(3)])
    append_cdevents(database, [a_deployment(1)])
    assert FollowedLog(database, CLOUDEVENTS).head() == Head(0, 3)
    assert FollowedLog(database, CDEVENTS).head() == Head(1, 1)


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_a_follower_begins_after_its_head(database: Database, limit: int) -> None:
    log = CloudEventsLog(database)
    log.append([an_event(n) for n in range(10)])
    with following(FollowedLog(database, CLOUDEVENTS), Head(0, 4), limit=limit) as pages:
        log.append([an_event(n) for n in range(10, 20)])
        eventually(lambda: len(positions(pages)) == 16)
    assert positions(pages) == [*range(5, 21)]
    assert max(len(page.events) for page in pages) <= limit


def test_a_page_is_bounded_by_bytes(database: Database) -> None:
    log = FollowedLog(database, CLOUDEVENTS)
    sizes = [10, 60_000, 60_000, 200_000, 10]
    events = [an_event(n, extension="x" * size) for n, size in enumerate(sizes)]
    CloudEventsLog(database).append(events)
    after, pages = 0, []
    while page := log.page(after, limit=100, max_bytes=100_000).events:
        pages.append([event.position for event in page])
        after = pages[-1][-1]
    assert pages == [[1, 2, 3], [4], [5]]  # the last may go beyond


def test_nothing_is_lost_or_doubled_while_writers_append_and_connections_are_cut(
    database: Database,
) -> None:
    def write(first: int) -> None:
        log = CloudEventsLog(database)
        for number in range(first, first + 100, 5):
            log.append([an_event(n) for n in range(number, number + 5)])

    with Database(database.url, role="followed") as other:
        writers = [threading.Thread(target=write, args=(n * 100,)) for n in range(4)]
        with following(FollowedLog(other, CLOUDEVENTS), Head(0, 0)) as pages:
            for writer in writers:
                writer.start()
            while any(writer.is_alive() for writer in writers):
                with database.transaction() as cursor:
                    cursor.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where"
                        " datname = current_database()"
                        " and application_name like 'streamgauge followed %'"
                    )
                writers[0].join(0.1)
            eventually(lambda: len(positions(pages)) >= 400)
    assert positions(pages) == [*range(1, 401)]


def test_a_log_that_was_replaced_is_told_also_when_nothing_is_appended(
    database: Database, plugins: Plugins
) -> None:
    append_cdevents(database, [a_deployment(n) for n in range(3)])
    drain(*processors(database, plugins))
    log = FollowedLog(database, CDEVENTS)
    with following(log, log.head()) as pages:
        replay(database, plugins, "cdevents")
        page = eventually(lambda: pages[-1] if pages else None)
    assert page == Page(2, [], {})
