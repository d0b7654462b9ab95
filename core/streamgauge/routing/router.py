"""The router: reads the CloudEvents log and writes the CDEvents log, each event exactly once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.declarative import plugin as declarative
from streamgauge.errors import InvalidTransformer, RoutesError, UnknownName
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import DeadLetter
from streamgauge.routing import states
from streamgauge.routing.table import OperatorTable, RoutingTable, operator_table
from streamgauge.routing.transform import Outcome, Task, Transformation
from streamgauge.settings import Settings
from streamgauge.stages import builds
from streamgauge.stages.builds import Build, Definition
from streamgauge.stages.stage import Stage
from streamgauge.streams.cdevents_log import CDEventsLog, CDEventsLogs
from streamgauge.streams.cloudevents_log import TABLE as CLOUDEVENTS
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.positions import PositionMoved

NAME = "cdevents"
_PAGE_BYTES = 16 * 1024 * 1024


def routing_table(plugins: Plugins, settings: Settings) -> RoutingTable:
    """The plugins' routes with the operator's laid over them.

    Raises RoutesError where the operator's table cannot be read, InvalidTransformer where one of
    the operator's declarative transformers cannot, UnknownName where the table names a transformer
    that nothing brings.
    """
    operators = _checked(plugins, settings)
    return RoutingTable({**plugins.routes(), **operators.routes}, operators.rules)


def _checked(plugins: Plugins, settings: Settings) -> OperatorTable:
    declarative.documents(settings)  # as a plugin it is only left out where it is wrong
    operators = operator_table(settings)
    RoutingTable(*operators).check(plugins.transformers)
    return operators


class _Page(NamedTuple):
    """Events to route, since < position <= upto, and what their transformers remember."""

    since: int
    upto: int
    tasks: Sequence[Task]
    memory: states.States


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
        self.log = CloudEventsLog(database)
        self._logs = CDEventsLogs(database)
        self.route_by(plugins, table)

    def route_by(self, plugins: Plugins, table: RoutingTable) -> None:
        """Use these transformers and routes for the pages that are begun after this."""
        self._plugins = plugins
        self._settings = _digest(plugins)
        self.transformation = Transformation(plugins, table)

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
        except (RoutesError, UnknownName) as error:
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

    def head(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """The newest CloudEvent."""
        return self.log.recorder.head(cursor)

    def step(self) -> int:
        """Route one page, and the dead letters that someone wants retried; how many events.

        The transformers run between two transactions: a function may take its time to answer.
        """
        with self.database.transaction() as cursor:
            found = self.look(cursor)
            if found is None:
                return 0
            build, retry = found
            letters = dead_letters.queued(cursor, build.reader) if retry else []
            page = self._read(cursor, build)
        for letter in letters:
            self._retry(build, letter, page.since)
        return self._route(build, page) or len(letters)

    def advance(self, build: Build) -> int:
        """Route one page of whichever build."""
        with self.database.transaction() as cursor:
            page = self._read(cursor, build)
        return self._route(build, page)

    def fold(self, cursor: Cursor[TupleRow], build: Build) -> int:
        """Route one page within the cursor's transaction."""
        page = self._read(cursor, build)
        if page.upto > page.since:
            outcome = self.transformation.run(page.tasks, page.memory)
            self._commit(cursor, build, page, outcome)
        return page.upto - page.since

    def _route(self, build: Build, page: _Page) -> int:
        if page.upto > page.since:
            outcome = self.transformation.run(page.tasks, page.memory)
            with self.database.transaction() as cursor:
                self._commit(cursor, build, page, outcome)
        return page.upto - page.since

    def _retry(self, build: Build, letter: DeadLetter, since: int) -> None:
        with self.database.transaction() as cursor:
            rows = self.log.recorder.page(cursor, after=letter.position - 1, limit=1, max_bytes=1)
            tasks = self.transformation.tasks(rows, only=letter.handler)
            # The position stays where it is; to find it there proves that the lease is still ours.
            page = _Page(since, since, tasks, states.load(cursor, build.number, _keys(tasks)))
        outcome = self.transformation.run(page.tasks, page.memory)
        with self.database.transaction() as cursor:
            if not dead_letters.is_queued(cursor, letter):
                raise PositionMoved(f"{build.reader}: another has retried it")
            self._commit(cursor, build, page, outcome)
            if not outcome.failures:
                dead_letters.settle(cursor, letter, "done")

    def _read(self, cursor: Cursor[TupleRow], build: Build) -> _Page:
        since = self.position(cursor, build)
        rows = self.log.recorder.page(
            cursor, after=since, limit=self.page_size, max_bytes=_PAGE_BYTES
        )
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
