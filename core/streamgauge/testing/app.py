"""The whole of Streamgauge but HTTP, over a database of its own: events in, answers out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from psycopg.sql import SQL

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent
from streamgauge.cloudevents import Event
from streamgauge.containment import received
from streamgauge.errors import UnknownName
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.projections import Projection
from streamgauge.projections.facts import Facts, tables_of
from streamgauge.replay.chain import Stages
from streamgauge.replay.run import Replayer
from streamgauge.routing.router import routing_table
from streamgauge.settings import Settings
from streamgauge.stages import builds
from streamgauge.streams.cdevents_log import CDEventsLog, Derived
from streamgauge.streams.cloudevents_log import CloudEventsLog, identity
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge.testing.postgres import Postgres
from streamgauge.webhooks import WebhookRequest

BEFORE = datetime(2000, 1, 1, tzinfo=UTC)


class App:
    """Streamgauge as it is installed, with your plugins, and no event yet.

    What a worker does in the background is done when `settle` is called, and by every question.
    """

    def __init__(self, postgres: Postgres, url: str, settings: Settings) -> None:
        self._postgres = postgres
        self.plugins = Plugins(settings)
        self.database = Database(url, role="test", pool_size=8, derives=True)
        self._stages = Stages(self.database, self.plugins, routing_table(self.plugins, settings))

    @classmethod
    @contextmanager
    def running(cls, postgres: Postgres, environ: Mapping[str, str] | None = None) -> Iterator[App]:
        """One over a new database; `environ` are its settings, as environment variables."""
        with postgres.database() as url:
            app = cls(postgres, url, Settings.load(environ or {}))
            try:
                yield app
            finally:
                app.database.close()

    def receive(self, source: str, request: WebhookRequest) -> Sequence[Event]:
        """Record what a delivery to the receiver `source` carries. Raises as the receiver does."""
        receiver = self.plugins.receivers.get(source)
        if receiver is None:
            raise UnknownName("source", source, self.plugins.receivers)
        events = received(receiver, request)
        self.record(*events)
        return events

    def record(self, *events: Event) -> None:
        """Record CloudEvents."""
        CloudEventsLog(self.database).append(list(events))

    def settle(self) -> None:
        """Let every stage work until it finds nothing to do."""
        for stage in self._stages:
            while stage.step():
                pass

    def cdevents(self) -> list[CDEvent]:
        """The log of CDEvents."""
        return [
            CDEvent(json_codec.decode(text.encode()))
            for (text,) in self.rows("select content::text from cdevents_raw order by event_id")
        ]

    def dead_letters(self) -> list[str]:
        """The reasons of what is parked, the oldest first."""
        self.settle()
        with self.database.transaction() as cursor:
            return [letter.reason for letter in dead_letters.listed(cursor)][::-1]

    def metric(self, name: str, **parameters: str | Sequence[str]) -> dict[str, Any]:
        """What ``GET /v1/metrics/<name>`` answers; `from_` stands for ``from``.

        Raises InvalidQuery as it would.
        """
        self.settle()
        given = {
            key.rstrip("_"): [value] if isinstance(value, str) else list(value)
            for key, value in parameters.items()
        }
        return answer(
            self.database, self.plugins, name, MetricQuery.parse(given, now=datetime.now(UTC))
        )

    def replay(self, name: str) -> None:
        """Do what ``streamgauge replay NAME`` does."""
        self.settle()
        Replayer(self.database, self._stages).run(name, "replay", "command", now=datetime.now(UTC))

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a query gives, of a view such as ``deployments``."""
        self.settle()
        with self.database.transaction() as cursor:
            cursor.execute(query.encode(), parameters)
            return cursor.fetchall()

    def folded(
        self, projection: Projection, events: Iterable[CDEvent], query: str
    ) -> list[tuple[Any, ...]]:
        """What `query` gives in a new database, when the projection has folded the events.

        `query` is the name of one of its views, or a SELECT over ``{table}``.
        """
        with self._postgres.database() as url, Database(url, role="test") as database:
            append(database, events)
            facts = Facts(database, projection)
            while facts.step():
                pass
            asked = f"table {query}" if query in projection.views else query
            with database.transaction() as cursor:
                tables = tables_of(projection, builds.current(cursor, projection.name))
                cursor.execute(SQL(asked).format(**tables))
                return cursor.fetchall()


def append(database: Database, events: Iterable[CDEvent]) -> None:
    """Put CDEvents into their log, as if a transformer had made them."""
    made = [
        Derived(
            DEFAULT_TENANT,
            identity(event.source, event.id),
            event.type,
            json_codec.encode(event.document),
            1,
            BEFORE,
            "test 0",
        )
        for event in events
    ]
    with database.transaction() as cursor:
        CDEventsLog(database, 1).append(cursor, made)
