"""How fast the links are made of the facts anew, and how fast the metrics answer then."""

from __future__ import annotations

from datetime import UTC, datetime

from psycopg.sql import SQL

from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.postgres.database import Database
from streamgauge.replay.chain import Stages
from streamgauge_bench import templates
from streamgauge_bench.filling import fill, put_reader
from streamgauge_bench.measured import Measured, Note, Stopwatch, in_turns, settle
from streamgauge_bench.replaying import PROJECTION, filled
from streamgauge_bench.route import stages_of
from streamgauge_bench.scale import Lab

LINKS = "links"
METRIC = "deployment_frequency"

_DEPLOYMENTS = """
insert into deployments__1 (tenant, deployment_id, service, environment, artifact_id, kind, outcome,
                            finished_at, commit_sha, repository, event_source, event_id, position)
select 'default', md5(n::text)::uuid, 'service-' || lpad((n %% %(services)s)::text, 6, '0'),
       'production', 'pkg:oci/shop@sha256:' || lpad(to_hex(n), 64, '0'), 'deploy', 'success',
       %(start)s::timestamptz + n * (%(span)s::interval / %(facts)s),
       lpad(to_hex(n), 40, '0'), 'git.example/acme/' || n %% %(services)s,
       'https://ci.example/acme/shop', lpad(n::text, 12, '0'), n
from generate_series(1, %(facts)s) as n
"""
# Each is of a commit that was pushed an hour before, and written one more hour before that.
_COMMITS = """
insert into commits__1 (tenant, repository, branch, sha, key, place, pushed, pushed_at, authored_at,
                        author, forced, is_merge, event_key, position)
select tenant, repository, 'main', commit_sha,
       floor(extract(epoch from finished_at - interval '1 hour') * 1000)::bigint * 4096, 0, true,
       finished_at - interval '1 hour', finished_at - interval '2 hours', 'ann', false, false,
       md5('push ' || position)::uuid, position
from deployments__1
"""
_BOUND = """
create table bound as
select d.tenant, d.deployment_id, d.service, d.environment, d.finished_at, c.repository, c.sha,
       c.key
from deployments__1 d
join commits__1 c on c.sha = d.commit_sha and c.repository = d.repository and c.tenant = d.tenant
where d.outcome = 'success'
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
        fill(database, "deployments__1", lambda cursor: cursor.execute(_DEPLOYMENTS, values))
        fill(database, "commits__1", lambda cursor: cursor.execute(_COMMITS))
        put_reader(database, f"{PROJECTION}@1", facts)
        value, bound = in_turns(
            lab.scale.runs,
            lambda: filled(database, stages.derived[LINKS]),
            lambda: _joined(database),
        )
        answers = _answers(database, lab, stages)
    return [
        Measured(
            "metric_rebuild_s",
            value,
            "s",
            bound,
            "CREATE TABLE AS of each deployment with its commit, without an index",
            [
                Note(f"the links of {facts:,} deployments, each of a commit"),
                Note("first answer over all of them: " + ", ".join(answers)),
            ],
        )
    ]


def _joined(database: Database) -> float:
    settle(database)
    watch = Stopwatch()
    with watch.running(), database.transaction() as cursor:
        cursor.execute(_BOUND)
    with database.transaction() as cursor:
        cursor.execute(SQL("drop table bound"))
    return watch.seconds


def _answers(database: Database, lab: Lab, stages: Stages) -> list[str]:
    """The seconds in which each metric answers for the first time; links are kept for it."""
    for stage in (stages.derived[LINKS], *stages.metrics.values()):
        while stage.step():
            pass
    with database.connect() as conn:
        conn.execute("vacuum (analyze)")
    query = MetricQuery.everything(interval="week", group_by=(), now=datetime.now(UTC))
    found = []
    for name in lab.plugins.metrics:
        watch = Stopwatch()
        with watch.running():
            answer(database, lab.plugins, name, query)
        found.append(f"{name} {watch.seconds:.2f} s")
    return found
