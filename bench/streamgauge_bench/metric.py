"""How fast a metric's tables are made of the facts anew, after its definition has changed."""

from __future__ import annotations

from psycopg.sql import SQL

from streamgauge.postgres.database import Database
from streamgauge_bench import templates
from streamgauge_bench.filling import fill, put_reader
from streamgauge_bench.measured import Measured, Stopwatch, in_turns, settle
from streamgauge_bench.replaying import PROJECTION, filled
from streamgauge_bench.route import stages_of
from streamgauge_bench.scale import Lab

METRIC = "deployment_frequency"

_FACTS = """
insert into deployments__1
select 'default', md5(n::text)::uuid, 'service-' || lpad((n %% %(services)s)::text, 6, '0'),
       'production', 'pkg:oci/shop@sha256:' || lpad(to_hex(n), 64, '0'), 'deployed', 'success',
       %(start)s::timestamptz + n * (%(span)s::interval / %(facts)s),
       lpad(to_hex(n), 40, '0'), 'https://git.example/acme/shop', 'https://ci.example/acme/shop',
       lpad(n::text, 12, '0'), n
from generate_series(1, %(facts)s) as n
"""
_BOUND = """
create table bound as
select tenant, service, environment, finished_at from deployments__1 where outcome = 'success'
"""


def measure(lab: Lab) -> list[Measured]:
    """From facts that were put where a projection's would be."""
    facts = lab.scale.facts
    with lab.database() as database:
        stages = stages_of(database, lab)
        stages.facts[PROJECTION].step()  # makes the first build's tables
        values = {
            "facts": facts,
            "services": templates.services(facts),
            "start": templates.START,
            "span": templates.SPAN,
        }
        fill(database, f"{PROJECTION}__1", lambda cursor: cursor.execute(_FACTS, values))
        put_reader(database, f"{PROJECTION}@1", facts)
        value, bound = in_turns(
            lab.scale.runs,
            lambda: filled(database, stages.metrics[METRIC]),
            lambda: _copied(database),
        )
    return [
        Measured(
            "metric_rebuild_s",
            value,
            "s",
            bound,
            "CREATE TABLE AS of the same rows, without an index",
        )
    ]


def _copied(database: Database) -> float:
    settle(database)
    watch = Stopwatch()
    with watch.running(), database.transaction() as cursor:
        cursor.execute(_BOUND)
    with database.transaction() as cursor:
        cursor.execute(SQL("drop table bound"))
    return watch.seconds
