"""A worker that stops itself, as by SIGSTOP, in the middle of its work. Run by test_frozen.py.

    python -m tests.crash.freezing_worker PROCESSOR between|before|copying|after|never

The whole process stops when the thread of that processor moves its position for the third time:
`before` it does, when the page was read; while it is `copying` rows into a table; or `after`
everything of the transaction was said but COMMIT. The router stops `between` two transactions,
when it has read a page and written nothing. Standbys take the lease of a holder that has said
nothing for three seconds: a test has not the time that is given to a slow machine.

`sums` counts deployments, so that one which is folded twice shows.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

import streamgauge_dora.facts.delivery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import lease, worker
from streamgauge.projections.rows import copy_rows
from streamgauge.replay.chain import Stages
from streamgauge.routing.router import Router
from streamgauge.settings import Settings
from streamgauge.stages.pace import Pace
from streamgauge.streams.positions import Positions
from tests.projections.test_runner import Sums

FROZEN_SECONDS = 3.0
PAGE = 5
FREEZES_AT = 3


def with_sums(settings: Settings) -> Plugins:
    """What is installed, and a projection that counts."""
    plugins = Plugins(settings)
    plugins.projections = {**plugins.projections, Sums.name: Sums()}
    return plugins


class SmallStages(Stages):
    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.router.page_size = PAGE
        for facts in self.facts.values():
            facts.pace = Pace.fixed(PAGE)


class Freezer:
    """Stops the process once."""

    def __init__(self, processor: str, when: str) -> None:
        self.processor = processor
        self.when = when
        self.moves = 0
        self.turn = threading.RLock()
        """One transaction at a time: the other threads are to be frozen between theirs."""

    def install(self) -> None:
        move, begin, run = Positions.advance, Database.transaction, Router._route

        def advance(positions: Positions, *parts: Any, **more: Any) -> None:
            if self.is_mine():
                self.moves += 1
                self.freeze_if("before")
            move(positions, *parts, **more)

        @contextmanager
        def transaction(database: Database, **more: Any) -> Iterator[Cursor[TupleRow]]:
            with self.turn, begin(database, **more) as cursor:
                yield cursor
                self.freeze_if("after")

        def route(*parts: Any, **more: Any) -> Any:
            self.freeze_if("between")
            return run(*parts, **more)

        def copy(*parts: Any) -> None:
            *others, rows = parts
            copy_rows(*others, self.between(rows))

        Positions.advance = advance  # type: ignore[method-assign]
        Database.transaction = transaction  # type: ignore[method-assign, assignment]
        Router._route = route  # type: ignore[method-assign]
        streamgauge_dora.facts.delivery.copy_rows = copy  # type: ignore[assignment]

    def between(self, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            yield row
            self.freeze_if("copying")

    def is_mine(self) -> bool:
        return threading.current_thread().name == self.processor

    def freeze_if(self, when: str) -> None:
        if self.is_mine() and self.when == when and self.moves == FREEZES_AT:
            self.when = "never"
            os.kill(os.getpid(), signal.SIGSTOP)


def main(processor: str, when: str) -> None:
    lease.FROZEN_SECONDS = FROZEN_SECONDS
    worker.Plugins = with_sums  # type: ignore[assignment, misc]
    worker.Stages = SmallStages  # type: ignore[misc]
    Freezer(processor, when).install()
    settings = Settings.load()
    assert settings.database_url
    working = worker.Worker(settings, settings.database_url)
    signal.signal(signal.SIGTERM, lambda *_: working.stop())
    working.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
