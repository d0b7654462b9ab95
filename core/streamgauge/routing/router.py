"""The router: reads the CloudEvents log and writes the CDEvents log, each event exactly once."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.declarative import plugin as declarative
from streamgauge.errors import InvalidTransformer, RoutesError
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import DeadLetter
from streamgauge.routing import states
from streamgauge.routing.handlers import Task
from streamgauge.routing.hosts import check_targets
from streamgauge.routing.letters import PAGE_BYTES, due, read
from streamgauge.routing.results import Outcome
from streamgauge.routing.table import OperatorTable, RoutingTable, is_url, operator_table
from streamgauge.routing.transform import Transformation
from streamgauge.settings import Settings
from streamgauge.stages import builds
from streamgauge.stages.builds import Build, Definition
from streamgauge.stages.stage import Stage
from streamgauge.streams.cdevents_log import CDEventsLog, CDEventsLogs
from streamgauge.streams.cloudevents_log import TABLE as CLOUDEVENTS
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.positions import PositionMoved

NAME = "cdevents"
LETTERS_SECONDS = 1.0
"""Between two looks for dead letters, where none of those there are is due: they may be many."""


def routing_table(plugins: Plugins, settings: Settings) -> RoutingTable:
    """The plugins' routes with the operator's laid over them.

    Raises RoutesError where the operator's table cannot be read or names what there is not,
    InvalidTransformer where one of the operator's declarative transformers cannot be read.
    """
    operators = _checked(plugins, settings)
    brought = plugins.routes()
    named = {target for _, target in operators.targets()}
    foreign = {t for targets in brought.values() for t in targets if is_url(t)} - named
    return RoutingTable({**brought, **operators.routes}, operators.rules, foreign=foreign)


def _checked(plugins: Plugins, settings: Settings) -> OperatorTable:
    declarative.check(plugins.transformers, settings)
    operators = operator_table(settings)
    check_targets(operators, plugins.transformers, settings.function_hosts)
    return operators


class _Page(NamedTuple):
    """Events to route, since < position <= upto, and what their transformers remember."""

    since: int
    upto: int
    tasks: Sequence[Task]
    memory: states.States

    def reached(self, outcome: Outcome) -> _Page:
        """As far as it was done."""
        if outcome.done == len(self.tasks):
            return self
        return self._replace(upto=self.tasks[outcome.done].row.position - 1)


class Router(Stage):
    """The stage that derives the log of CDEvents.

    The CDEvents, the transformers' states, the dead letters and the position of one page commit
    together, so that a crash at any point neither loses nor doubles an event.
    """

    name = NAME
    source = None
    version = 1
    channels: Sequence[str] = (CLOUDEVENTS, dead_letters.CHANNEL)

    def __init__(
        self, database: Database, plugins: Plugins, table: RoutingTable, *, page_size: int = 1000
    ) -> None:
        super().__init__(database)
        self.page_size = page_size
        self.log = CloudEventsLog(database, archive=plugins.settings.archive_dir)
        self._logs = CDEventsLogs(database)
        self._letters_next = True
        self._no_letters_before = 0.0
        self._plugins = plugins
        self._settings = _digest(plugins)
        self.transformation = Transformation(plugins, table)

    def route_by(self, plugins: Plugins, table: RoutingTable) -> None:
        """Use these transformers and routes for the pages that are begun after this; the service's
        settings are the same as before."""
        self._plugins = plugins
        self._settings = _digest(plugins)
        self.transformation = Transformation(plugins, table, before=self.transformation)

    def definition(self) -> Definition:
        """What decides which CDEvents come of an event: the transformers and their versions, the
        routes and rules, and of the settings, which may hold secrets, a digest."""
        table = self.transformation.table
        made_of: dict[str, Any] = {
            "transformers": {
                name: self._plugins.version_of(name) for name in sorted(self._plugins.transformers)
            },
            "routes": {kind: list(targets) for kind, targets in table.routes.items()},
            "settings": self._settings,
        }
        if table.rules:  # only then: a build that was made before there were rules is still alike
            made_of["rules"] = [rule.written for rule in table.rules.all]
        return made_of

    def complaint(self) -> str | None:
        """Why the operator's table or transformers cannot be in force: no worker takes up what is
        wrong."""
        try:
            _checked(self._plugins, self._plugins.settings)
        except InvalidTransformer as error:
            return f"the transformers are not in force: {error}"
        except RoutesError as error:
            return f"the routing table is not in force: {error}"
        return None

    def create(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The table of this build of the log."""
        like = builds.current(cursor, NAME)
        self._cdevents(build).create(cursor, like=self._cdevents(like))

    def publish(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The views of the log of CDEvents."""
        self._cdevents(build).publish(cursor)

    def drop(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """The table, and what transformers remember for it."""
        self._cdevents(build).drop(cursor)
        states.forget(cursor, build.number)

    def prepare(self, cursor: Cursor[TupleRow], build: Build) -> None:
        """Make sure that every event that is to be read can be. Raises ArchiveError."""
        self.log.check_readable(cursor, after=self.position(cursor, build))

    def head(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """The newest CloudEvent."""
        return self.log.recorder.head(cursor)

    def step(self) -> int:
        """Route one page, or the dead letters that are to be retried, by turns; how many events.

        The transformers run between two transactions: a function may take its time to answer.
        """
        with self.database.transaction() as cursor:
            found = self.look(cursor)
            if found is None:
                return 0
            build, retry = found
            page, letters = self._next(cursor, build, retry=retry)
        self._letters_next = not letters
        return self._retry(build, page, letters) if letters else self._route(build, page)

    def advance(self, build: Build) -> int:
        """Route one page of whichever build."""
        with self.database.transaction() as cursor:
            page = self._read(cursor, build)
        return self._route(build, page, wait=True)

    def fold(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """Route one page within the cursor's transaction."""
        page = self._read(cursor, build)
        if page.upto > page.since:
            outcome = self.transformation.run(page.tasks, page.memory, wait=True)
            page = page.reached(outcome)
            self._commit(cursor, build, page, outcome)
        return page.upto - page.since

    def _route(self, build: Build, page: _Page, *, wait: bool = False) -> int:
        if page.upto > page.since:
            outcome = self.transformation.run(page.tasks, page.memory, wait=wait)
            page = page.reached(outcome)
            with self.database.transaction() as cursor:
                self._commit(cursor, build, page, outcome)
        return page.upto - page.since

    def _next(
        self, cursor: Cursor[TupleRow], build: Build, *, retry: bool
    ) -> tuple[_Page, Sequence[DeadLetter]]:
        """The next page; or where it is their turn, or there is none, dead letters to retry."""
        answered = bool(self.transformation.trials.answered())
        retry = answered or (retry and time.monotonic() >= self._no_letters_before)
        page = None if retry and self._letters_next else self._read(cursor, build)
        letters: Sequence[DeadLetter] = ()
        if page is None or (retry and page.upto == page.since):
            letters = due(cursor, build.reader, self.transformation)
            if not letters:
                self._no_letters_before = time.monotonic() + LETTERS_SECONDS
        retried, tasks = read(cursor, self.log, letters, self.transformation)
        if not retried:
            return page or self._read(cursor, build), []
        # The position stays where it is; to find it there proves that the lease is still ours.
        since = self.position(cursor, build)
        memory = states.load(cursor, build.number, _keys(tasks))
        return _Page(since, since, tasks, memory), retried

    def _retry(self, build: Build, page: _Page, letters: Sequence[DeadLetter]) -> int:
        outcome = self.transformation.run(page.tasks, page.memory)
        failed = {(failure.position, failure.handler) for failure in outcome.failures}
        tried = letters[: outcome.done]
        with self.database.transaction() as cursor:
            if not all(dead_letters.is_queued(cursor, letter) for letter in tried):
                raise PositionMoved(f"{build.reader}: another has retried it")
            self._commit(cursor, build, page, outcome)
            for letter in tried:
                if (letter.position, letter.handler) not in failed:
                    dead_letters.settle(cursor, letter, "done")
        return len(tried)

    def _read(self, cursor: Cursor[TupleRow], build: Build) -> _Page:
        since = self.position(cursor, build)
        rows = self.log.page(cursor, after=since, limit=self.page_size, max_bytes=PAGE_BYTES)
        tasks = self.transformation.tasks(rows)
        memory = states.load(cursor, build.number, _keys(tasks))
        return _Page(since, rows[-1].position if rows else since, tasks, memory)

    def _commit(
        self, cursor: Cursor[TupleRow], build: Build, page: _Page, outcome: Outcome
    ) -> None:
        """Write what came of the page, as the holder of the position before it."""
        self.positions.advance(cursor, build.reader, since=page.since, upto=page.upto)
        self._cdevents(build).append(cursor, outcome.derived)
        page.memory.save(cursor, build.number)
        dead_letters.park(cursor, build.reader, outcome.failures)

    def _cdevents(self, build: Build) -> CDEventsLog:
        return self._logs[build.number]


def _digest(plugins: Plugins) -> str:
    """Of what the transformers' plugins are told by the settings."""
    names = sorted({plugin.name for _, plugin in plugins.transformers.values()})
    told = {name: plugins.settings.for_plugin(name) for name in names}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _keys(tasks: Sequence[Task]) -> list[states.StateKey]:
    return [task.state_key for task in tasks if task.state_key is not None]
