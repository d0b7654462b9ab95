"""Concurrent requests share transactions, and only the culprit fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from streamgauge import Event
from streamgauge.errors import DatabaseUnavailable
from streamgauge.streams.cloudevents_log import Appended, Outcome
from streamgauge.streams.group_commit import GroupCommit
from tests.helpers import an_event


class Log:
    """A log that notes its transactions."""

    def __init__(self, fail_on: Any = None, error: Exception | None = None) -> None:
        self.transactions: list[list[str]] = []
        self.fail_on = fail_on
        self.error = error

    def append(self, events: Sequence[Event]) -> list[Appended]:
        self.transactions.append([event.id for event in events])
        if self.error is not None and any(event.id == self.fail_on for event in events):
            raise self.error
        return [Appended(Outcome.NEW, int(event.id.removeprefix("event-"))) for event in events]


def test_what_arrives_while_a_transaction_runs_goes_into_the_next() -> None:
    log = Log()

    async def run() -> list[list[Appended]]:
        group = GroupCommit(log.append, max_events=50)
        requests = [group.append([an_event(n)]) for n in range(100)]
        found = await asyncio.gather(*requests)
        await group.close()
        return found

    found = asyncio.run(run())
    assert [a.position for (a,) in found] == list(range(100))
    assert sum(len(t) for t in log.transactions) == 100
    assert len(log.transactions) < 10
    assert max(len(t) for t in log.transactions) <= 50


def test_a_request_larger_than_a_group_is_written_whole() -> None:
    log = Log()

    async def run() -> list[Appended]:
        group = GroupCommit(log.append, max_events=5)
        found = await group.append([an_event(n) for n in range(20)])
        await group.close()
        return found

    assert len(asyncio.run(run())) == 20
    assert [len(t) for t in log.transactions] == [20]


def test_a_group_is_bounded_in_bytes_too() -> None:
    log = Log()

    async def run() -> None:
        group = GroupCommit(log.append, max_bytes=3 * len(an_event(1).state))
        await asyncio.gather(*(group.append([an_event(n)]) for n in range(1, 10)))
        await group.close()

    asyncio.run(run())
    assert max(len(t) for t in log.transactions) == 3


def test_one_bad_request_does_not_fail_the_others() -> None:
    log = Log(fail_on="event-3", error=ValueError("cannot be written"))

    async def run() -> list[Any]:
        group = GroupCommit(log.append)
        requests = [group.append([an_event(n)]) for n in range(6)]
        found = await asyncio.gather(*requests, return_exceptions=True)
        await group.close()
        return found

    found = asyncio.run(run())
    assert isinstance(found[3], ValueError)
    assert [f[0].position for f in found if isinstance(f, list)] == [0, 1, 2, 4, 5]


def test_an_outage_fails_all_that_waited_and_the_next_is_tried() -> None:
    log = Log(fail_on="event-0", error=DatabaseUnavailable("away"))

    async def run() -> list[Any]:
        group = GroupCommit(log.append)
        found = await asyncio.gather(
            *(group.append([an_event(n)]) for n in range(3)), return_exceptions=True
        )
        log.error = None
        found.append(await group.append([an_event(9)]))
        await group.close()
        return found

    found = asyncio.run(run())
    assert isinstance(found[0], DatabaseUnavailable)
    assert found[-1] == [Appended(Outcome.NEW, 9)]


def test_a_caller_that_gave_up_disturbs_nobody() -> None:
    log = Log()

    async def run() -> list[Appended]:
        group = GroupCommit(log.append)
        gone = asyncio.create_task(group.append([an_event(1)]))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        found = await group.append([an_event(2)])
        await group.close()
        return found

    assert asyncio.run(run())[0].position == 2
