"""Whatever happens in whatever order, the log is had back to the byte, and says what it said."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from streamgauge import Event
from streamgauge.archive import files, manifest, restoring, taking, writing
from streamgauge.archive.record import START, Digested
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog, Outcome
from tests.archive.world import LOG, archive, archived, log_digest, restore, routed, verified
from tests.helpers import rows, start_over


class Killed(BaseException):
    """What a process meets in the middle of something."""


def the_event(number: int, text: str = "") -> Event:
    document = {"specversion": "1.0", "id": str(number), "source": "/t", "type": "t", "data": text}
    return Event("/t", str(number), "t", json.dumps(document, indent=number % 2).encode())


class Archiving(RuleBasedStateMachine):
    """Appends, archives, restores, and deaths of a process at each of its steps."""

    database: Database
    """Set before it is run."""

    def __init__(self) -> None:
        super().__init__()
        start_over(self.database)
        with self.database.transaction() as cursor:
            cursor.execute("truncate conflicts")
        self.folder = Path(tempfile.mkdtemp(prefix="sg-archive-"))
        self.log = CloudEventsLog(self.database, archive=self.folder)
        self.known: dict[int, bytes] = {}
        self.numbers = itertools.count(1)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(count=st.integers(1, 6), text=st.text(max_size=5))
    def append(self, count: int, text: str) -> None:
        events = [the_event(next(self.numbers), text) for _ in range(count)]
        for event, appended in zip(events, self.log.append(events), strict=True):
            assert appended.outcome is Outcome.NEW
            self.known[appended.position] = event.state
        routed(self.database)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), other=st.booleans())
    def redeliver(self, data: st.DataObject, other: bool) -> None:
        position = data.draw(st.sampled_from(sorted(self.known)))
        document = json.loads(self.known[position])
        event = Event("/t", document["id"], "t", json.dumps({**document, "x": "y"}).encode())
        if not other:
            event = Event("/t", document["id"], "t", json.dumps(document).encode())
        (found,) = self.log.append([event])
        expected = Outcome.CONFLICT if other else Outcome.DUPLICATE
        assert (found.outcome, found.position) == (expected, position)

    @rule(upto=st.integers(0, 40))
    def archive(self, upto: int) -> None:
        routed(self.database, upto)
        archive(self.database, self.folder)
        routed(self.database)

    @rule(upto=st.integers(0, 40), steps=st.integers(0, 25))
    def be_killed_while_archiving(self, upto: int, steps: int) -> None:
        routed(self.database, upto)
        with dying_after(steps):
            archive(self.database, self.folder)
        routed(self.database)

    @precondition(lambda self: (self.folder / manifest.NAME).exists())
    @rule()
    def restore(self) -> None:
        restore(self.database, self.folder)
        assert archived(self.database) == []

    @precondition(lambda self: (self.folder / manifest.NAME).exists())
    @rule(steps=st.integers(0, 10))
    def be_killed_while_restoring(self, steps: int) -> None:
        with dying_after(steps):
            restore(self.database, self.folder)

    @invariant()
    def the_log_reads_as_if_nothing_had_happened(self) -> None:
        with self.database.transaction() as cursor:
            page = self.log.page(cursor, after=0, limit=10_000, max_bytes=2**40)
        assert {row.position: bytes(row.state) for row in page} == self.known

    @invariant()
    def the_archive_is_whole(self) -> None:
        if (self.folder / manifest.NAME).exists():
            assert verified(self.database, self.folder).problems == []
            assert manifest.load(self.folder).last <= max(self.known, default=0)
        else:
            assert archived(self.database) == []

    @invariant()
    def the_digest_is_that_of_the_payloads(self) -> None:
        seal = START
        for position, tenant, key, _, topic, _, recorded_at in rows(self.database, LOG):
            sha256 = hashlib.sha256(self.known[position]).digest()
            seal = Digested(position, recorded_at, tenant, key, topic, sha256).sealed(seal)
        assert log_digest(self.database).digest == seal.hex()


STEPS = (
    (files, "write"),
    (writing, "examined"),
    (Path, "replace"),
    (manifest, "sync_folder"),
    (manifest, "save"),
    (taking, "_compare"),
    (taking, "_take"),
    (restoring, "_put_back"),
)
"""All that changes something on the disk or in the database, or comes between two such."""


@contextmanager
def dying_after(steps: int) -> Iterator[None]:
    """The process is gone at the beginning of one of its steps."""
    left = itertools.count(steps, -1)

    def mortal(function: Any) -> Any:
        def called(*args: Any, **more: Any) -> Any:
            if next(left) <= 0:
                raise Killed
            return function(*args, **more)

        return called

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in STEPS:
            patch.setattr(owner, name, mortal(getattr(owner, name)))
        with suppress(Killed):
            yield


def test_nothing_is_lost_or_doubled_in_any_order(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_EVENTS", 4)
    monkeypatch.setattr(taking, "BATCH", 2)
    Archiving.database = database
    run_state_machine_as_test(
        Archiving,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
