"""A worker that is killed, as by kill -9, around its Nth transaction. Run by test_crash.py.

It reads orders from standard input, one line each:

    N before|after|never URL

For each it forks a worker (to start an interpreter and load the plugins would take most of the
time), which dies in its Nth transaction: `before` when everything of it was said but COMMIT,
`after` when COMMIT was answered. The worker works in small pages, so that there are many places to
die at, and ends by itself when there is nothing left to do. The answer is a line: how the worker
ended, as waitpid tells it, and how many transactions it took, if it lived to say so.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.replay.chain import Stages
from streamgauge.routing.router import routing_table
from streamgauge.settings import Settings
from streamgauge.stages.pace import Pace


class CrashingDatabase(Database):
    """A Database that counts its transactions and dies at one of them."""

    die_at = 0
    die_when = ""
    transactions = 0

    @contextmanager
    def transaction(self, *, repeatable_read: bool = False) -> Iterator[Cursor[TupleRow]]:
        self.transactions += 1
        now = self.transactions == self.die_at
        with super().transaction(repeatable_read=repeatable_read) as cursor:
            yield cursor
            if now and self.die_when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
        if now and self.die_when == "after":
            os.kill(os.getpid(), signal.SIGKILL)


def work(plugins: Plugins, settings: Settings, url: str, die_at: int, die_when: str) -> int:
    with CrashingDatabase(url) as database:
        database.die_at, database.die_when = die_at, die_when
        stages = Stages(database, plugins, routing_table(plugins, settings))
        stages.router.page_size = 3
        for facts in stages.facts.values():
            facts.pace = Pace.fixed(4)
        processors = list(stages)
        working = True
        while working:
            working = False
            for processor in processors:
                working = processor.step() or working
        return database.transactions


def main() -> None:
    settings = Settings.load({})
    plugins = Plugins(settings)
    for line in sys.stdin:
        die_at, die_when, url = line.rstrip("\n").split(" ", 2)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            count = work(plugins, settings, url, int(die_at), die_when)
            os.write(writing, str(count).encode())
            os._exit(0)
        os.close(writing)
        count = int(os.read(reading, 100) or b"0")
        os.close(reading)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{code} {count}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
