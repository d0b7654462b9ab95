"""Replays that tell of each of their transactions, for a test that kills them at any of them.

It reads orders from standard input, one JSON object a line: `url`, and the command's `arguments`.
For each it forks a process (an interpreter's start would take most of the time) that does what
`streamgauge ...` does, with small ranges and pages, so that there are many places to be killed at.
The answers are lines: `started PID`, a `.` at the beginning of each transaction, and at the end
`ended CODE`, negative for a signal; other lines are the command's own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.cli import dead_letters, export, ingest, inspect, main, migrate, replay, status
from streamgauge.postgres.database import Database
from streamgauge.projections import filling
from streamgauge.replay.chain import Stages
from streamgauge.stages.pace import Pace

RANGE, PAGE = 100, 40
COMMANDS = (dead_letters, export, ingest, inspect, migrate, replay, status)
"""What `main` imports when it is called; here once, and not in each process."""


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


class SmallStages(Stages):
    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.router.page_size = PAGE
        for facts in self.facts.values():
            facts.pace = Pace.fixed(PAGE)


def telling() -> None:
    """Have each transaction of this process told when it begins."""
    begin = Database.transaction

    @contextmanager
    def transaction(self: Database, **more: Any) -> Iterator[Cursor[TupleRow]]:
        with begin(self, **more) as cursor:
            tell(".")
            yield cursor

    Database.transaction = transaction  # type: ignore[method-assign, assignment]


def command(url: str, arguments: list[str]) -> None:
    os.environ["DATABASE_URL"] = url
    filling.RANGE = RANGE
    replay.Stages = SmallStages  # type: ignore[misc]
    telling()
    main(arguments)


def serve() -> None:
    child = 0
    for line in sys.stdin:
        if child:
            # Not before: as long as it is not taken note of, a kill that comes late finds it.
            os.waitpid(child, 0)
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                command(order["url"], order["arguments"])
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(bool(end.code))
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        tell(f"started {child}")
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        tell(f"ended {ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status}")


if __name__ == "__main__":
    serve()
