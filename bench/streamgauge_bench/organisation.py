"""A large organisation: a million deployments of a thousand services, up to now.

Each release of a service goes to staging and an hour later to production, with one change that was
merged before. Of a hundred releases, one is rolled back, one is a hotfix, and two have an incident.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, LiteralString
from uuid import uuid4

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.postgres.database import Database
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge_bench import templates
from streamgauge_bench.filling import fill, fill_cdevents, put_reader
from streamgauge_bench.replaying import PROJECTION

_NOBODYS: Final = "dev.cdevents.service.removed.0.3.0"
SPAN: Final = timedelta(days=730)

# `n` numbers the deployments, `r` the releases: an odd one is to staging, the next to production.
# A rollback goes back to the release before.
_DEPLOYMENTS: Final = """
insert into deployments__1 (tenant, deployment_id, service, environment, artifact_id, artifact,
                            kind, outcome, started_at, finished_at, commit_sha, repository,
                            event_source, event_id, position)
select 'default', md5(n::text)::uuid, 'service-' || lpad((r %% %(services)s)::text, 6, '0'),
       case n %% 2 when 1 then 'staging' else 'production' end,
       'pkg:oci/shop@sha256:' || lpad(to_hex(of), 64, '0'), 'sha256:' || lpad(to_hex(of), 64, '0'),
       case when n %% 200 = 100 then 'rollback' else 'deploy' end,
       case when n %% 97 = 0 then 'failure' else 'success' end,
       at - interval '5 minutes', at, lpad(to_hex(of), 40, '0'),
       'git.example/acme/' || r %% %(services)s, 'https://ci.example/acme/shop',
       lpad(n::text, 12, '0'), n
from generate_series(1, %(deployments)s) as n
cross join lateral (
    select (n + 1) / 2 as r,
           %(start)s::timestamptz + ((n + 1) / 2 * 2) * (%(span)s::interval / %(deployments)s)
           - case n %% 2 when 1 then interval '1 hour' else interval '0' end as at
) as placed
cross join lateral (
    select case when n %% 200 = 100 and r > %(services)s then r - %(services)s else r end as of
) as version
"""
# Written over days, no two alike; the position is that of the release's first deployment.
_COMMITS: Final = """
insert into commits__1 (tenant, repository, branch, sha, key, place, pushed, pushed_at, authored_at,
                        author, forced, is_merge, event_key, position)
select tenant, repository, 'main', commit_sha,
       floor(extract(epoch from finished_at - interval '1 hour') * 1000)::bigint * 4096, 0, true,
       finished_at - interval '1 hour',
       finished_at - interval '2 hours' - position %% 86413 * interval '7.3 seconds',
       'ann', false, false, md5('push ' || position)::uuid, position
from deployments__1 where environment = 'staging'
"""
_CHANGES: Final = """
insert into change_events__1 (tenant, change_id, kind, at, repository, branch, commit_sha, commits,
                              first_commit_at, title, author, reviewer, labels, event_id, event_key,
                              position)
select d.tenant, 'https://' || d.repository || '/pulls/' || d.position, k.kind,
       d.finished_at - interval '1 hour' - k.before * (interval '10 minutes' + d.position %% 7919
           * interval '3.7 seconds'),
       d.repository, 'main', case k.kind when 'merged' then d.commit_sha end, 1,
       case k.kind when 'created' then d.finished_at - interval '2 hours' - d.position %% 86413
           * interval '7.3 seconds' end,
       'Change ' || d.position, 'ann', case k.kind when 'reviewed' then 'bob' end,
       case when d.position %% 200 = 51 then array['hotfix'] else '{}' end,
       k.kind || d.event_id, md5(k.kind || d.position)::uuid, d.position
from deployments__1 d
cross join (values ('created', 2), ('reviewed', 1), ('merged', 0)) as k (kind, before)
where d.environment = 'staging'
"""
_INCIDENTS: Final = """
insert into incident_events__1 (tenant, incident_id, kind, at, service, environment, title, labels,
                                retracted, event_key, position)
select d.tenant, 'incident-' || d.position, k.kind, d.finished_at + k.after, d.service,
       d.environment, 'It broke', '{}', false, md5('incident ' || k.kind || d.position)::uuid,
       d.position
from deployments__1 d
cross join (values ('detected', interval '20 minutes'), ('resolved', interval '2 hours'))
    as k (kind, after)
where d.environment = 'production' and d.position %% 100 = 50
"""


def fill_organisation(database: Database, deployments: int, until: datetime) -> None:
    """Put the facts where a projection's would be; links are still to be made."""
    values: dict[str, Any] = {
        "deployments": deployments,
        "services": templates.services(deployments),
        "start": until - SPAN,
        "span": SPAN,
    }
    for table, statement in (
        ("deployments__1", _DEPLOYMENTS),
        ("commits__1", _COMMITS),
        ("change_events__1", _CHANGES),
        ("incident_events__1", _INCIDENTS),
    ):
        fill(database, table, partial(_run, statement, values))
    # What comes in later is numbered from there on.
    row = (DEFAULT_TENANT, uuid4(), 1, _NOBODYS, b"{}", deployments, until, 0, "bench")
    fill_cdevents(database, [row])
    put_reader(database, f"{PROJECTION}@1", deployments)


def _run(statement: LiteralString, values: dict[str, Any], cursor: Cursor[TupleRow]) -> None:
    cursor.execute(statement, values)
