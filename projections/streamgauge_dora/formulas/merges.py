"""Change lead time of pull requests, in the time of their merges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from psycopg.sql import SQL

from streamgauge_dora.asking.formula import Formula, Period, Value
from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Columns, Scope
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.formulas.durations import duration

NONE: Final = "no change that is deployed was merged in this range"

# A change is in the first deployment of its branch after its merge; and where that was merged
# into another one later, of that one. A branch is deployed where a deployment's commit is on it.
# What nobody reviewed has no time between being created and being merged.
_MERGES: Final = """
with recursive wanted as materialized (
    select h.* from {changes} h
    where h.kind = 'merge' and h.merged_at >= %(since)s and h.merged_at < %(end)s
      and h.tenant = any(%(tenants)s)
),
reached as (
    select w.tenant, w.change_id, w.repository, w.branch, w.merged_at as at,
           array[w.branch] as branches
    from wanted w
    union all
    select r.tenant, r.change_id, r.repository, o.branch, o.merged_at, r.branches || o.branch
    from reached r
    cross join lateral (
        select distinct on (o.branch) o.branch, o.merged_at from {changes} o
        where o.head_branch = r.branch and o.repository = r.repository and o.tenant = r.tenant
          and o.kind = 'merge' and o.merged_at >= r.at and o.branch <> all(r.branches)
        order by o.branch, o.merged_at
    ) o
),
deployed as (
    select distinct on (r.tenant, r.change_id) r.tenant, r.change_id, s.deployment_id, s.service,
           s.environment, s.finished_at as deployed_at, d.production
    from reached r
    join {steps} s on s.repository = r.repository and s.branch = r.branch and s.tenant = r.tenant
                  and s.finished_at >= r.at
    join {deployments} d on d.deployment_id = s.deployment_id and d.tenant = s.tenant
    where {linked}
    order by r.tenant, r.change_id, s.finished_at, s.deployment_id
)
select {span}, {day}, case when l.deployment_id is null then 'not_deployed' end,
       extract(epoch from coalesce(greatest(h.created_at - h.first_commit_at, interval '0'),
                                   interval '0')
           + coalesce(case when h.first_reviewed_at is not null
                           then greatest(h.first_reviewed_at, h.merged_at) - h.created_at end,
                      interval '0')
           + (l.deployed_at - h.merged_at))::float8
       {keys}{detail}
from wanted h
left join deployed l on l.change_id = h.change_id and l.tenant = h.tenant
where true {only_linked}
order by h.merged_at, h.change_id
"""
_INNER: Final = Columns(
    at="s.finished_at", tenant="s.tenant", service="s.service", environment="s.environment",
    repository="s.repository", production="d.production",
)  # fmt: skip
_OUTER: Final = Columns(
    at="h.merged_at", tenant="h.tenant", service="l.service", environment="l.environment",
    repository="h.repository", production="l.production",
)  # fmt: skip
_DETAIL: Final = SQL(
    ", h.change_id, h.title, h.author, h.repository, h.commit_sha, h.first_commit_at, h.created_at,"
    " h.first_reviewed_at, h.merged_at, l.deployment_id, l.service, l.environment,"
    " l.deployed_at"
)
_DETAILS: Final = (
    "change", "title", "author", "repository", "commit", "first_commit_at", "created_at",
    "first_reviewed_at", "merged_at", "deployment", "service", "environment", "deployed_at",
)  # fmt: skip


class Merges(Formula):
    """Pull requests from their first commit to the first deployment of their branch since, in the
    bucket of their merge; those that no deployment has are left out."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """The merged ones of the range."""
        asked = {"service", "environment", "tier", "repository"} & set(scope.query.filters)
        statement = SQL(_MERGES).format(
            span=scope.span(_OUTER),
            day=scope.day(_OUTER),
            keys=scope.keys(_OUTER),
            detail=_DETAIL if scope.detailed else SQL(""),
            linked=scope.where(_INNER, in_time=False),
            only_linked=SQL("and l.deployment_id is not null" if asked else ""),
            **scope.tables,
        )
        for span, day, left_out, seconds, *rest in scope.fetch(statement):
            more = {"amount": seconds, "left_out": left_out}
            yield from scope.item(span, day, *scope.split(rest, _DETAILS), **more)

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """By the statistic that the definition chooses."""
        return duration(items, section, NONE)
