"""How fast the router is over GitHub's and Kubernetes' payloads, with CDEvents among them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from psycopg.sql import SQL, Identifier

from streamgauge import json_codec
from streamgauge.postgres.database import Database
from streamgauge.projections import copy_rows
from streamgauge.replay.chain import Stages
from streamgauge.routing.router import routing_table
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge_bench.events import mixed
from streamgauge_bench.filling import CDEVENTS, CDEVENTS_COLUMNS, same_shape
from streamgauge_bench.measured import Measured, Note, Stopwatch, in_turns, settle
from streamgauge_bench.scale import Lab

PAGE = 1000
_BOUND = "bound"


def measure(lab: Lab) -> list[Measured]:
    """Each run routes events that came in since the last; its bound is over the same ones."""
    with lab.database() as database:
        rounds = _Rounds(database, stages_of(database, lab), lab.scale.routed, lab.scale.runs)
        value, bound = in_turns(lab.scale.runs, rounds.route, rounds.bound)
        made = rounds.cdevents / rounds.routed
    return [
        Measured(
            "route",
            value,
            "events/s",
            bound,
            "COPY of the same events to the client, their decoding, COPY of what came of them back",
            [Note(f"{made:.2f} CDEvents of each event of 4 kB")],
        )
    ]


def stages_of(database: Database, lab: Lab) -> Stages:
    """The stages of the plugins, as they are installed, on this database."""
    return Stages(database, lab.plugins, routing_table(lab.plugins, lab.plugins.settings))


class _Rounds:
    def __init__(self, database: Database, stages: Stages, events: int, runs: int) -> None:
        self.routed = 0
        self.cdevents = 0
        self._database = database
        self._log = CloudEventsLog(database)
        self._router = stages.router
        self._events = mixed(events * runs)
        self._size = events
        self._derived: Sequence[Sequence[Any]] = ()
        with database.transaction() as cursor:
            same_shape(cursor, _BOUND, CDEVENTS)

    def route(self) -> float:
        """Take in a round's events, and route them under the watch."""
        for start in range(0, self._size, PAGE):
            self._log.append(list(islice(self._events, min(PAGE, self._size - start))))
        settle(self._database)
        watch = Stopwatch()
        with watch.running():
            while self._router.step():
                pass
        self.routed += self._size
        self._derived = self._what_came()
        self.cdevents += len(self._derived)
        return self._size / watch.seconds

    def bound(self) -> float:
        """What no router of these events could leave out."""
        settle(self._database)
        watch = Stopwatch()
        with watch.running():
            for after in range(self.routed - self._size, self.routed, PAGE):
                self._decode(after, min(after + PAGE, self.routed))
            for start in range(0, len(self._derived), PAGE):
                rows = self._derived[start : start + PAGE]
                with self._database.transaction() as cursor:
                    copy_rows(cursor, Identifier(_BOUND), CDEVENTS_COLUMNS, rows)
        return self._size / watch.seconds

    def _decode(self, after: int, upto: int) -> None:
        statement = SQL(
            "copy (select notification_id, state from cloudevents_events"
            " where notification_id > {} and notification_id <= {} order by notification_id)"
            " to stdout (format binary)"
        ).format(after, upto)
        with self._database.transaction() as cursor, cursor.copy(statement) as copy:
            copy.set_types(["int8", "bytea"])
            for _, state in copy.rows():
                json_codec.decode(state)

    def _what_came(self) -> Sequence[Sequence[Any]]:
        """The CDEvents of this round. Raises RuntimeError where none came."""
        columns = SQL(", ").join(Identifier(name) for name, _ in CDEVENTS_COLUMNS)
        with self._database.transaction() as cursor:
            cursor.execute(
                SQL("select {} from {} where notification_id > %s order by notification_id").format(
                    columns, Identifier(CDEVENTS)
                ),
                (self.cdevents,),
                binary=True,
            )
            rows = cursor.fetchall()
        if not rows:
            raise RuntimeError("nothing came of the events of the benchmark")
        return rows
