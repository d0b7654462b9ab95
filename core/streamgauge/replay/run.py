"""Does a replay: builds the chain, compares it or swaps it in, or goes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import DeadlockDetected, LockNotAvailable

from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.database import Database
from streamgauge.processors.lease import REPLAY, Lease
from streamgauge.replay import rebuild
from streamgauge.replay.chain import Stages
from streamgauge.replay.compare import compare
from streamgauge.replay.rebuild import Helpers, Progress
from streamgauge.replay.swap import Link, replaced_chain, swap
from streamgauge.stages import builds, requests
from streamgauge.stages.requests import Action, Asker, Replay
from streamgauge.stages.stage import Stage

_WRITE_SECONDS = 0.5
_SWAP_TRIES = 10
_IN_THE_WAY = (DeadlockDetected, LockNotAvailable)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: for each stage of the chain, which build took which one's place."""

    action: Action
    builds: dict[str, int]
    replaced: dict[str, int | None]
    comparison: dict[str, Any] | None
    broken: dict[str, str]
    """The stages that could not be built, and why; they stay as they are."""

    @classmethod
    def of(cls, replay: Replay) -> Replayed:
        """What a replay that is done has noted."""
        noted = dict(replay.result)
        noted.pop("action")
        listed = noted.pop("builds")
        broken = noted.pop("broken")
        return cls(
            replay.action,
            {item["stage"]: item["build"] for item in listed},
            {item["stage"]: item["replaced"] for item in listed},
            noted or None,
            broken,
        )

    def as_json(self) -> dict[str, Any]:
        """For scripts, and for the table of replays."""
        found: dict[str, Any] = {
            "action": self.action,
            "builds": [
                {"stage": name, "build": build, "replaced": self.replaced.get(name)}
                for name, build in self.builds.items()
            ],
            "broken": self.broken,
        }
        return found if self.comparison is None else {**found, **self.comparison}


class Replayer:
    """Does one replay after another, for a command or for a worker."""

    def __init__(
        self,
        database: Database,
        stages: Stages,
        *,
        keep_replaced: bool = True,
        progress: Progress = lambda stage, position, head: None,
        helpers: Helpers = lambda link: None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.database = database
        self.stages = stages
        self.keep_replaced = keep_replaced
        self._progress = progress
        self._helpers = helpers
        self._say = say
        self._written = 0.0
        self._lease: Lease | None = None

    def run(self, name: str, action: Action, asked_by: Asker, *, now: datetime) -> Replayed:
        """Do it, when no other replay is at work any more; until then, help that one.

        A comparison shows the values of the year up to `now`. Raises UnknownName, ReplayRefused,
        and Stopped at an event that a projection is to stop at. Killed, it goes on where it was
        when it is called again.
        """
        chain = self.stages.chain(name)
        with Lease(self.database, REPLAY, channels=()) as lease:
            other = self._wait_and_help(lease)
            if other is not None and self._was_this(other, chain, action):
                self._say("which has done the same: there is nothing left to do")
                return Replayed.of(other)
            with self.database.transaction() as cursor:
                replay = requests.ask(cursor, name, action, asked_by)
                requests.started(cursor, replay)
            self._lease = lease
            with self._noting_failure(replay):
                done = self._do(chain, action, now, replay)
            with self.database.transaction() as cursor:
                requests.finished(cursor, replay, done.as_json())
            return done

    def help(self) -> bool:
        """Fill a part of a build that somebody else is filling; False where there is none."""
        for stage in self.stages.facts.values():
            with self.database.transaction() as cursor:
                build = builds.find(cursor, stage.name, "building")
            if build is None or build.filled or not stage.made_alike(build):
                continue
            if stage.fill_some(build):
                return True
        return False

    def _wait_and_help(self, lease: Lease) -> Replay | None:
        """Become the one who replays; the replay that was at work before, as it ended."""
        if lease.try_acquire():
            return None
        with self.database.transaction() as cursor:
            other = requests.at_work(cursor)
        self._say("another replay is at work; helping it")
        while not lease.try_acquire():
            if not self.help():
                time.sleep(0.2)
        if other is None:
            return None
        with self.database.transaction() as cursor:
            return requests.numbered(cursor, other.replay_id)

    def _was_this(self, other: Replay, chain: Sequence[Stage], action: Action) -> bool:
        """Whether the replay that was at work before has done what was asked for now."""
        if (other.stage, other.action, other.state) != (chain[0].name, action, "done"):
            return False
        if action != "replay":
            return True
        with self.database.transaction() as cursor:
            return all(s.made_alike(builds.current(cursor, s.name)) for s in chain)

    @contextmanager
    def _noting_failure(self, replay: Replay) -> Iterator[None]:
        """An outage is no failure: whoever was asked goes on when it is over."""
        try:
            yield
        except DatabaseUnavailable:
            raise
        except BaseException as error:
            said = str(error) or "interrupted; the same command goes on where it was"
            with self.database.transaction() as cursor:
                requests.failed(cursor, replay, said)
            raise

    def _do(
        self, chain: Sequence[Stage], action: Action, now: datetime, replay: Replay
    ) -> Replayed:
        broken: list[rebuild.Broken] = []
        if action == "rollback":
            with self.database.transaction() as cursor:
                links = replaced_chain(cursor, chain)
        else:
            by_name = replay.asked_by != "definition"
            links = rebuild.begin(self.database, chain, broken, by_name=by_name)
            links = rebuild.fill(
                self.database,
                links,
                progress=self._noting(replay),
                helpers=self._helpers,
                broken=broken,
            )
            for stage, reason in broken:
                self._say(f"{stage} is left as it is: {reason}")
        rebuild.follow(self.database, links, progress=self._noting(replay))
        numbers = {link.stage.name: link.build.number for link in links}
        if action == "compare":
            found = compare(self.database, links, now=now)
            return Replayed(action, numbers, {}, found, dict(broken))
        return Replayed(action, numbers, self._swap(links, action), None, dict(broken))

    def _swap(self, links: Sequence[Link], action: Action) -> dict[str, int | None]:
        """Swap; again where a reader that takes its time, or that reads in another order, was in
        the way."""
        for tries_left in range(_SWAP_TRIES - 1, -1, -1):
            try:
                return swap(
                    self.database,
                    links,
                    old_state="rejected" if action == "rollback" else "replaced",
                    keep=self.keep_replaced or action == "rollback",
                )
            except DatabaseUnavailable as error:
                if not tries_left or not isinstance(error.__cause__, _IN_THE_WAY):
                    raise
                self._say("a reader is in the way of the swap; trying again")
        raise AssertionError

    def _noting(self, replay: Replay) -> Progress:
        def note(stage: str, position: int, head: int) -> None:
            self._progress(stage, position, head)
            if self._lease is not None:
                self._lease.stir()
            if time.monotonic() - self._written > _WRITE_SECONDS:
                self._written = time.monotonic()
                with self.database.transaction() as cursor:
                    requests.moved(cursor, replay, stage, position, head)

        return note
