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

NONE: Final = "no change was merged in this range"

_MERGES: Final = """
select {span}, {day},
       extract(epoch from (h.merged_at - coalesce(h.first_commit_at, h.created_at, h.merged_at))
                          + coalesce(l.deployed_at - h.merged_at, interval '0'))::float8
       {keys}{detail}
from {changes} h
left join lateral (
    select l.*, d.production from {change_links} l
    join {deployments} d on d.deployment_id = l.deployment_id and d.tenant = l.tenant
    where l.change_id = h.change_id and l.tenant = h.tenant and {linked}
    order by l.deployed_at, l.deployment_id limit 1
) l on true
where h.kind = 'merge' and h.merged_at >= %(since)s and h.merged_at < %(end)s
  and h.tenant = any(%(tenants)s) {only_linked}
order by h.merged_at, h.change_id
"""
_INNER: Final = Columns(
    at="l.deployed_at", tenant="l.tenant", service="l.service", environment="l.environment",
    repository="h.repository", production="d.production",
)  # fmt: skip
_OUTER: Final = Columns(
    at="h.merged_at", tenant="h.tenant", service="l.service", environment="l.environment",
    repository="h.repository", production="l.production",
)  # fmt: skip
_DETAIL: Final = SQL(
    ", h.change_id, h.title, h.author, h.repository, h.commit_sha, h.first_commit_at, h.created_at,"
    " h.first_reviewed_at, h.merged_at, l.rule, l.deployment_id, l.service, l.environment,"
    " l.deployed_at"
)
_DETAILS: Final = (
    "change", "title", "author", "repository", "commit", "first_commit_at", "created_at",
    "first_reviewed_at", "merged_at", "rule", "deployment", "service", "environment", "deployed_at",
)  # fmt: skip


class Merges(Formula):
    """Pull requests from their first commit to the first deployment that has them, in the bucket of
    their merge; one that no deployment has ends with its merge."""

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
        for span, day, seconds, *rest in scope.fetch(statement):
            yield from scope.item(span, day, *scope.split(rest, _DETAILS), amount=seconds)

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """By the statistic that the definition chooses."""
        return duration(items, section, NONE)
