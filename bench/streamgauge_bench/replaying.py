"""How fast facts are made of the log of CDEvents anew, and how much memory that takes."""

from __future__ import annotations

from itertools import cycle

from psycopg.sql import SQL, Identifier

from streamgauge import json_codec
from streamgauge.postgres.database import Database
from streamgauge.projections.derived_tables import DerivedTables
from streamgauge.projections.facts import Facts
from streamgauge.replay import rebuild
from streamgauge_bench import memory, templates
from streamgauge_bench.filling import CDEVENTS, fill_cdevents
from streamgauge_bench.measured import Measured, Note, Stopwatch, in_turns, settle
from streamgauge_bench.route import stages_of
from streamgauge_bench.scale import Lab

PROJECTION = "delivery"


def measure(lab: Lab) -> list[Measured]:
    """The facts alone, in this process; then the command in processes of its own, for its memory.

    The log has the mix that the router makes of events, and every event is another.
    """
    events = lab.scale.replayed
    with lab.database() as database:
        made = templates.routed(lab.plugins)
        share = sum(template.deploys for template in made) / len(made)
        services = templates.services(int(share * events))
        fill_cdevents(database, templates.cdevent_rows(cycle(made), events, services))
        facts = stages_of(database, lab).facts[PROJECTION]
        value, bound = in_turns(
            lab.scale.runs,
            lambda: events / filled(database, facts),
            lambda: events / _decoded(database),
        )
        resident, seconds = memory.measure(lab, database)
    replay = Measured(
        "replay",
        value,
        "events/s",
        bound,
        "COPY of the same log to the client, in order, and the decoding of every event",
        [
            Note(f"{events:,} CDEvents, of which {share:.0%} are deployments"),
            Note(f"the whole command, metrics and swap too: {seconds:.1f} s"),
        ],
    )
    return [replay, resident]


def filled(database: Database, stage: Facts | DerivedTables) -> float:
    """The seconds in which a new build of the stage is filled, indexes too; it is dropped after.

    Raises RuntimeError where nothing was made, or not all of it could be.
    """
    settle(database)
    watch = Stopwatch()
    with watch.running():
        links = rebuild.begin(database, [stage])
        ((_, build),) = rebuild.fill(
            database, links, progress=lambda *_: None, helpers=lambda _: None, broken=[]
        )
    tables = stage.projection.tables if isinstance(stage, Facts) else stage.item.tables
    rows = SQL(" or ").join(
        SQL("exists (select from {})").format(Identifier(f"{table}__{build.number}"))
        for table in tables
    )
    with database.transaction() as cursor:
        cursor.execute(SQL("select {}, exists (select from dead_letters)").format(rows))
        if cursor.fetchone() != (True, False):
            raise RuntimeError(f"{stage.name} was not filled, or not with everything")
        stage.remove(cursor, build)
    return watch.seconds


def _decoded(database: Database) -> float:
    settle(database)
    watch = Stopwatch()
    statement = SQL(
        "copy (select notification_id, tenant, topic, state, recorded_at, uuid_send(originator_id)"
        " from {} order by notification_id) to stdout (format binary)"
    ).format(Identifier(CDEVENTS))
    with watch.running(), database.transaction() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int8", "text", "text", "bytea", "timestamptz", "bytea"])
        for row in copy.rows():
            json_codec.decode(row[3])
    return watch.seconds
