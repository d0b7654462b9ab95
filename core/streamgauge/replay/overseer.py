"""Starts the replays that were asked for, and those that a changed definition makes due."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import SettingsError
from streamgauge.replay.chain import CDEVENTS, Stages
from streamgauge.settings import Settings
from streamgauge.stages import builds, requests
from streamgauge.stages.stage import Stage

logger = logging.getLogger(__name__)
_AFTER_A_FAILURE = timedelta(minutes=5)
_BREATH = 10.0
"""Seconds after a process that did not end well."""


class Overseer:
    """A processor. Each replay is a process of its own: it takes a core and some memory, and what
    is live goes on beside it."""

    name = "replays"
    channels: Sequence[str] = (requests.CHANNEL,)

    def __init__(self, stages: Stages, settings: Settings, url: str) -> None:
        self._stages = stages
        self._automatic = settings.rebuild == "automatic"
        self._environ = {**settings.environ, "DATABASE_URL": url}
        self._process: subprocess.Popen[bytes] | None = None
        self._replay: requests.Replay | None = None
        self._not_before = 0.0
        self._said: dict[str, str] = {}

    def step(self) -> int:
        """Start the next replay, if none is at work; always 0, so that it waits a while."""
        if self._process is not None and self._process.poll() is None:
            return 0
        if time.monotonic() < self._not_before:
            return 0
        with self._stages.database.transaction() as cursor:
            self._note_the_end(cursor)
            if self._automatic:
                self._ask_for_what_is_due(cursor)
            waiting = requests.waiting(cursor)
        if waiting:
            self._start(waiting[0])
        return 0

    def stop(self) -> None:
        """End the replay at work; the next worker goes on with it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def _note_the_end(self, cursor: Cursor[TupleRow]) -> None:
        """One that could not even begin has noted nothing itself. One that was killed, or met an
        outage, is begun again."""
        ended = None if self._process is None else self._process.returncode
        if self._replay is not None and ended is not None and ended in (1, 2):
            reason = f"its process ended with {ended}; the worker's log says why"
            requests.failed(cursor, self._replay, reason)
        if ended:
            self._not_before = time.monotonic() + _BREATH
        self._process = None

    def _start(self, replay: requests.Replay) -> None:
        more = {"replay": [], "compare": ["--compare"], "rollback": ["--rollback"]}[replay.action]
        what = ["--from", "cloudevents"] if replay.stage == CDEVENTS else [replay.stage]
        logger.info("%s of %s, asked for by %s", replay.action, replay.stage, replay.asked_by)
        self._replay = replay
        self._process = subprocess.Popen(
            [sys.executable, "-m", "streamgauge", "replay", *what, *more, "--json"],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def _ask_for_what_is_due(self, cursor: Cursor[TupleRow]) -> None:
        for stage in self._stages:
            if stage.source is not None and self._is_due(cursor, stage):
                requests.ask(cursor, stage.name, "replay", "definition")
                return

    def _is_due(self, cursor: Cursor[TupleRow], stage: Stage) -> bool:
        """Whether the current build is to be made anew; not to what somebody rolled back from."""
        current = builds.find(cursor, stage.name, "current")
        try:
            if current is None:
                return False
            source = builds.find(cursor, stage.source or "", "current")
            stands = source is None or source.number == current.source_build
            alike = stage.made_alike(current) or stage.was_refused(cursor)
            if stands and current.filled and alike:
                return False
        except SettingsError as error:
            if self._said.get(stage.name) != str(error):
                logger.error("%s: %s; it goes on as it is", stage.name, error)
                self._said[stage.name] = str(error)
            return False
        last = requests.newest(cursor, stage.name, "definition")
        failed = last is not None and last.state == "failed"
        return not (failed and last and datetime.now(UTC) - last.changed_at < _AFTER_A_FAILURE)
