"""What the application works with, from its start to its end in one gunicorn worker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from streamgauge import traces
from streamgauge.access import Token, store
from streamgauge.cloudevents import Event
from streamgauge.containment import contained
from streamgauge.errors import DatabaseUnavailable, SchemaError
from streamgauge.metrics import Teams
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import migrate
from streamgauge.processors.worker import collect_garbage_less_often
from streamgauge.replay.chain import Stages
from streamgauge.routing.settings import binding_of
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import Appended, CloudEventsLog, Outcome
from streamgauge.streams.group_commit import GroupCommit
from streamgauge.traces.context import carrying
from streamgauge_http.access import Access
from streamgauge_http.admission import Admission
from streamgauge_http.live.feeds import Feeds
from streamgauge_http.telemetry import described, tracing
from streamgauge_http.telemetry.counting import Labels
from streamgauge_http.telemetry.described import Described
from streamgauge_http.telemetry.shared import Shared

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

QUERY_THREADS = 4
# A request must get its 503 before its sender gives up; GitHub waits ten seconds.
CHECKOUT_SECONDS = 2.0
LOCK_SECONDS = 3.0
"""For how long an append waits for those of others. A request may have to wait for two appends."""


class Runtime:
    """The database, the plugins, and the one way to append and to query from a coroutine."""

    def __init__(
        self, settings: Settings, database_url: str, *, shared: Shared | None = None
    ) -> None:
        self.settings = settings
        self.shared = shared or Shared()
        self.counted = self.shared.counted
        self.plugins = Plugins(settings)
        self.binding = binding_of(settings)
        self.admission = Admission(settings)
        self.database = Database(
            database_url,
            role="http",
            pool_size=QUERY_THREADS + 1,
            checkout_seconds=CHECKOUT_SECONDS,
        )
        self.stages = Stages(self.database, self.plugins)
        self.log = CloudEventsLog(self.database, patience=LOCK_SECONDS)
        self._groups: dict[str, GroupCommit] = {}
        self.counted.measure(self._measures)
        self._teams = Teams.configured(settings)
        self._queries = ThreadPoolExecutor(QUERY_THREADS, thread_name_prefix="query")
        self.when_ready: list[Callable[[], None]] = []
        """Called, each in a thread, as soon as requests are served."""
        self.feeds = Feeds(self.database, self.query)
        self._starting: asyncio.Task[None] | None = None
        self._not_ready: str | None = "the service is starting"
        self.access = Access(settings, self._tokens)

    async def start(self) -> None:
        """Bring the tables to this version.

        Waits for it a moment, so that a service that can be ready is so from its first request;
        where Postgres is away the answers are 503 until it is back.
        """
        collect_garbage_less_often()  # decoded events come and go without a cycle
        traces.start(self.settings, "http")
        self.shared.write()
        self._starting = asyncio.create_task(self._prepare())
        await asyncio.wait([self._starting], timeout=CHECKOUT_SECONDS)

    async def stop(self) -> None:
        """Finish what is being written, then let go of the database."""
        if self._starting is not None:
            self._starting.cancel()
        await self.feeds.stop()
        for group in self._groups.values():
            await group.close()
        await self.admission.close()
        self._queries.shutdown()
        self.shared.write()
        await asyncio.to_thread(traces.stop)
        self.database.close()

    @property
    def teams(self) -> Teams:
        """As their file has them now."""
        self._teams = self._teams.fresh()
        return self._teams

    async def append(self, events: Sequence[Event], tenant: str) -> list[Appended]:
        """Record the events; when this returns they are on disk. Raises DatabaseUnavailable."""
        self.check_ready()
        if (carried := tracing.carried.get()) is not None:
            events = [carrying(event, carried) for event in events]
        group = self._groups.get(tenant)
        if group is None:
            group = self._groups[tenant] = GroupCommit(partial(self._append, tenant))
        appended = await group.append(events)
        self._count(appended)
        return appended

    def _count(self, appended: Sequence[Appended]) -> None:
        outcomes = [each.outcome for each in appended]  # a Counter would hash each in Python
        new = outcomes.count(Outcome.NEW)
        self.counted.add(described.EVENTS, "accepted", new)
        if new != len(outcomes):
            duplicates = outcomes.count(Outcome.DUPLICATE)
            self.counted.add(described.EVENTS, "duplicate", duplicates)
            conflicts = len(outcomes) - new - duplicates
            self.counted.add(described.EVENTS, "conflict", conflicts)

    async def query(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that uses the database, in a thread."""
        self.check_ready()
        loop = asyncio.get_running_loop()

        def ask() -> T:
            with self._noticing_outages():
                return contained(function, *args, **kwargs)

        # With the request's id, for what is logged in the thread.
        return await loop.run_in_executor(self._queries, copy_context().run, ask)

    def check_ready(self) -> None:
        """Raise DatabaseUnavailable while the tables are not known to be those of this version."""
        if self._not_ready is not None:
            raise DatabaseUnavailable(self._not_ready)

    async def _prepare(self) -> None:
        pause = 0.2
        while True:
            try:
                await asyncio.to_thread(migrate, self.database)
                self._not_ready = None
                loop = asyncio.get_running_loop()
                for call in self.when_ready:
                    loop.run_in_executor(self._queries, call)
                return
            except DatabaseUnavailable as error:
                self._not_ready = str(error)
            except SchemaError as error:
                self._not_ready = str(error)
                logger.error("%s", error)
            except Exception:
                self._not_ready = "the tables could not be prepared; the log says why"
                logger.exception("cannot prepare the tables")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    def _measures(self) -> Mapping[Described, Mapping[Labels, float]]:
        stats = self.database.datastore.pool.get_stats()
        idle = stats.get("pool_available", 0)
        return {
            described.POOL_CONNECTIONS: {
                ("idle",): idle,
                ("used",): stats.get("pool_size", 0) - idle,
            },
            described.POOL_WAITING: {(): stats.get("requests_waiting", 0)},
            described.VIEWERS: {(log,): number for log, number in self.feeds.viewers.items()},
        }

    async def _tokens(self) -> Sequence[Token]:
        return await self.query(self._read_tokens)

    def _read_tokens(self) -> Sequence[Token]:
        with self.database.transaction() as cursor:
            return store.stored(cursor)

    def _append(self, tenant: str, events: Sequence[Event]) -> list[Appended]:
        with self._noticing_outages():
            return self.log.append(events, tenant=tenant)

    @contextmanager
    def _noticing_outages(self) -> Iterator[None]:
        """One request meets an outage, not one for every connection that it has cut."""
        try:
            yield
        except DatabaseUnavailable:
            self.database.forget_broken_connections()
            raise
