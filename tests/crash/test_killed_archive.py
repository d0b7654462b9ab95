"""An archive that is killed with kill -9 again and again loses nothing, and comes to its end."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from streamgauge.archive import manifest
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog, Outcome
from tests.archive.world import LOG, archived, verified
from tests.conftest import fresh_database
from tests.crash.tables import settled
from tests.crash.test_killed_replay import Writer, going_on, the_event
from tests.helpers import rows
from tests.service import Service, eventually

SCRIPT = Path(__file__).with_name("killable_archive.py")
EVENTS, KILLS = 800, 12


def run(url: str, *arguments: str, kill_at: int | None = None, pause: float = 0.0) -> int:
    """Run the command, kill it a moment after its Nth step; how it ended."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments, "--json"],
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        steps = 0
        for line in process.stdout:
            steps += line == ".\n"
            if steps == kill_at:
                time.sleep(pause)
                process.kill()
                break
        process.stdout.read()
    return process.returncode


@pytest.mark.slow
def test_an_archive_and_its_restore_that_are_killed_again_and_again(
    server_url: str, plugins: Plugins, tmp_path: Path
) -> None:
    """While events go on coming in, and a worker goes on routing them."""
    dice = random.Random(27)
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(server_url))
        database = stack.enter_context(Database(url, role="test", pool_size=8))
        log = CloudEventsLog(database)
        log.append([the_event(n) for n in range(EVENTS)])
        before = rows(database, LOG)
        stack.enter_context(Service.running(url, roles=["worker"]))
        eventually(lambda: settled(database, plugins))
        writer = Writer(url, first=EVENTS)
        end = going_on([writer], stack)
        reading = CloudEventsLog(database, archive=tmp_path)

        def readable() -> None:
            with database.transaction() as cursor:
                page = reading.page(cursor, after=0, limit=EVENTS, max_bytes=2**40)
            assert [(row.position, row.state) for row in page] == [
                (row[0], row[5]) for row in before
            ]

        there = ("--older-than", "0", "--to", str(tmp_path))
        back = ("--restore", str(tmp_path))
        codes = []
        for _ in range(KILLS):
            has_one = (tmp_path / manifest.NAME).exists()
            arguments = dice.choice([there, there, back]) if has_one else there
            kill_at, pause = dice.randint(4, 120), dice.random() / 100
            codes.append(run(url, *arguments, kill_at=kill_at, pause=pause))
            assert codes[-1] in (0, -signal.SIGKILL)
            readable()
        assert codes.count(-signal.SIGKILL) > KILLS / 2
        end()
        eventually(lambda: settled(database, plugins))

        assert run(url, *there) == 0
        readable()
        assert verified(database, tmp_path).problems == []
        kept = {
            position
            for (position,) in rows(
                database,
                "select position from dead_letters where processor = 'cdevents@1'"
                " and state <> 'done'",
            )
        }
        ((head,),) = rows(database, "select count(*) from cloudevents_events")
        assert archived(database) == [n for n in range(1, head + 1) if n not in kept]
        again = [the_event(n) for n in range(writer.number)]
        assert {each.outcome for each in log.append(again)} == {Outcome.DUPLICATE}

        assert run(url, *back) == 0
        assert archived(database) == []
        assert rows(database, LOG)[:EVENTS] == before
        sent = {event.state for event in again}
        assert {row[5] for row in rows(database, LOG)} == sent
