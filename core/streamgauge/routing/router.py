"""The router: reads the CloudEvents log and writes the CDEvents log, each event exactly once."""

from __future__ import annotations

from collections.abc import Sequence

from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import DeadLetter
from streamgauge.routing import states
from streamgauge.routing.table import RoutingTable, operator_routes
from streamgauge.routing.transform import Task, Transformation
from streamgauge.settings import Settings
from streamgauge.streams.cdevents_log import CDEventsLog
from streamgauge.streams.cloudevents_log import TABLE as CLOUDEVENTS
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.positions import Positions

NAME = "router"


def routing_table(plugins: Plugins, settings: Settings) -> RoutingTable:
    """The plugins' routes with the operator's laid over them.

    Raises RoutesError where the operator's table cannot be read, UnknownName where it names a
    transformer that no plugin brings.
    """
    operators = operator_routes(settings)
    RoutingTable(operators).check(plugins.transformers)
    return RoutingTable({**plugins.routes(), **operators})


class Router:
    """A processor. The CDEvents, the transformers' states, the dead letters and the position of
    one page commit together, so that a crash at any point neither loses nor doubles an event."""

    name = NAME
    channels: Sequence[str] = (CLOUDEVENTS, dead_letters.CHANNEL)

    def __init__(
        self, database: Database, plugins: Plugins, table: RoutingTable, *, page_size: int = 1000
    ) -> None:
        self.database = database
        self.transformation = Transformation(plugins, table)
        self.page_size = page_size
        self.log = CloudEventsLog(database)
        self.cdevents = CDEventsLog(database)
        self.positions = Positions(database.datastore)

    def step(self) -> bool:
        """Route one page, or the dead letters that someone wants retried; False for nothing."""
        with self.database.transaction() as cursor:
            since = self.positions.start(cursor, NAME)
            letters = dead_letters.queued(cursor, NAME)
            rows = self.log.recorder.page(
                cursor, after=since, limit=self.page_size, max_bytes=16 * 1024 * 1024
            )
        for letter in letters:
            self._retry(letter, since)
        if rows:
            self._commit(self.transformation.tasks(rows), since=since, upto=rows[-1].position)
        return bool(rows or letters)

    def _commit(
        self, tasks: Sequence[Task], *, since: int, upto: int, retried: DeadLetter | None = None
    ) -> None:
        """Run the tasks and commit what they give, as the holder of the position `since`."""
        keys = [task.state_key for task in tasks if task.state_key is not None]
        with self.database.transaction() as cursor:
            memory = states.load(cursor, keys)
        outcome = self.transformation.run(tasks, memory)
        with self.database.transaction() as cursor:
            self.positions.advance(cursor, NAME, since=since, upto=upto)
            self.cdevents.append(cursor, outcome.derived)
            memory.save(cursor)
            dead_letters.park(cursor, NAME, outcome.failures)
            if retried is not None and not outcome.failures:
                dead_letters.settle(cursor, retried, "done")

    def _retry(self, letter: DeadLetter, since: int) -> None:
        with self.database.transaction() as cursor:
            rows = self.log.recorder.page(cursor, after=letter.position - 1, limit=1, max_bytes=1)
        tasks = self.transformation.tasks(rows, only=letter.handler)
        # The position stays where it is; finding it there proves that the lease is still ours.
        self._commit(tasks, since=since, upto=since, retried=letter)
