"""Which CDEvents a thing is made of, by the id that users are shown."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge.projections import Tables
from streamgauge.streams.cloudevents_log import read_identity
from streamgauge_dora.facts import artifacts
from streamgauge_dora.facts.reading import name, sha

# A deployment: its event, those of its artifact, and what was said of its links.
_DEPLOYMENT: Final = """
with d as (
    select * from {deployments} where tenant = %(tenant)s and deployment_id = %(key)s::uuid
)
select deployment_id from d
union
select a.event_key from d
join {artifact_events} a on a.artifact = d.artifact and a.tenant = d.tenant
union
select g.event_key from d
join {given_links} g on g.deployment = any(array[d.deployment_id::text, d.event_id, d.reference])
                    and g.tenant = d.tenant
"""
# A change: the events of its life, the pushes of its last commit and of its merge, and those of
# as many commits of its own branch as it has. A commit: the pushes that brought it.
_THING: Final = """
with c as (
    select * from {change_events} where tenant = %(tenant)s and change_id = %(name)s
)
select event_key from c
union
select p.event_key from c
join {commits} p on p.sha = any(array[c.commit_sha, c.head_sha]) and p.repository = c.repository
                and p.tenant = c.tenant
union
select p.event_key from c
cross join lateral (
    select max(h.key) as key from {commits} h
    where h.sha = c.head_sha and h.repository = c.repository and h.tenant = c.tenant
      and h.branch = c.head_branch and h.pushed
) h
cross join lateral (
    select p.event_key from {commits} p
    where p.repository = c.repository and p.branch = c.head_branch and p.tenant = c.tenant
      and p.pushed and p.key <= h.key
    order by p.key desc limit coalesce(nullif(c.commits, 0), 250)
) p
where c.kind = 'merged' and c.head_branch is distinct from c.branch
union
select event_key from {commits}
where tenant = %(tenant)s and sha = %(sha)s and repository = %(repository)s
union
select event_key from {incident_events} where tenant = %(tenant)s and incident_id = %(name)s
union
select event_key from {artifact_events} where tenant = %(tenant)s and artifact = %(artifact)s
union
select event_key from {given_links} where tenant = %(tenant)s and thing = %(name)s
"""


def events_of(
    cursor: Cursor[TupleRow],
    tables: Tables,
    tenant: str,
    id: str,  # noqa: A002
) -> list[UUID]:
    """The keys of the events of a deployment, a change, a commit, an incident or an artifact.

    A commit is called ``repository@sha``, as the change that it is where it belongs to none.
    """
    repository, _, commit = id.rpartition("@")
    values = {
        "tenant": tenant,
        "key": read_identity(id),
        "name": name(id),
        "repository": repository,
        "sha": sha(commit),
        "artifact": artifacts.identity(id),
    }
    found: set[UUID] = set()
    for statement in (_DEPLOYMENT, _THING):
        cursor.execute(SQL(statement).format(**tables), values, prepare=False)
        found.update(key for (key,) in cursor.fetchall())
    return sorted(found)
