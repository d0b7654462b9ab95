"""How fast the metrics have their numbers by another definition, from a million facts.

Metrics have no tables: another definition is another question, and the first one over everything
is what was a rebuild. Half of the facts are deployments, half commits.
"""

from __future__ import annotations

from datetime import UTC, datetime

from psycopg.sql import SQL

from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
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
FIVE = (
    METRIC,
    "change_lead_time",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "deployment_rework_rate",
)

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
    facts = lab.scale.facts // 2
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
        links = filled(database, stages.derived[LINKS])
        _prepare(database, stages)
        found: dict[str, float] = {}
        value, bound = in_turns(
            lab.scale.runs,
            lambda: _slowest(database, lab, found),
            lambda: _joined(database),
        )
    return [
        Measured(
            "metric_rebuild_s",
            value,
            "s",
            bound,
            "CREATE TABLE AS of each deployment with its commit, without an index",
            [
                Note(f"the slowest metric, over {facts:,} deployments, each of a commit"),
                Note(", ".join(f"{name} {seconds:.2f} s" for name, seconds in found.items())),
                Note(f"to make the links of all anew, which no definition asks for: {links:.1f} s"),
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


def _prepare(database: Database, stages: Stages) -> None:
    """Keep the links and the metrics up, and leave the tables as if they had grown."""
    for stage in (stages.derived[LINKS], *stages.metrics.values()):
        while stage.step():
            pass
    with database.connect() as conn:
        conn.execute("vacuum (analyze)")


def _slowest(database: Database, lab: Lab, found: dict[str, float]) -> float:
    """The seconds of the slowest of the five metrics; `found` has those of each."""
    query = MetricQuery.everything(interval="week", group_by=(), now=datetime.now(UTC))
    plugins = Plugins(lab.plugins.settings)  # which remember nothing of the run before
    settle(database)
    for name in FIVE:
        watch = Stopwatch()
        with watch.running():
            answer(database, plugins, name, query)
        found[name] = watch.seconds
    return max(found.values())
