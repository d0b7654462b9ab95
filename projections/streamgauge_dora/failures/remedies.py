"""Deployments that undo or mend another one: rollbacks, reverts, hotfixes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.sql import SQL, Composable

from streamgauge_dora.asking.scope import Columns, Scope
from streamgauge_dora.defining.definition import pattern
from streamgauge_dora.failures.deployed import Deployed, Remedy, columns

_COLUMNS: Final = Columns(
    at="r.finished_at", tenant="r.tenant", service="r.service", environment="r.environment",
    repository="r.repository", production="r.production", position="r.position",
)  # fmt: skip
_OF_LINE: Final = """
hashtextextended({0}.service, 0) = hashtextextended(r.service, 0) and {0}.service = r.service
and {0}.environment is not distinct from r.environment and {0}.tenant = r.tenant
and {0}.outcome = 'success'
and ({0}.finished_at, {0}.deployment_id) < (r.finished_at, r.deployment_id)
"""

# A rollback goes back to a version; the first other one after that version is what failed. Where
# the version was not seen before, it is the one before. Some tools call a rollback a deployment:
# then it is one that stands further back on its branch than the one before it.
_ROLLBACKS: Final = """
select {remedy}, {failed}
from {deployments} r
left join lateral (
    select v.finished_at, v.deployment_id from {deployments} v
    where {v_of_line}
      and coalesce(v.artifact, v.commit_sha) = coalesce(r.artifact, r.commit_sha)
    order by v.finished_at desc, v.deployment_id desc limit 1
) v on true
left join lateral (
    (select f.* from {deployments} f
     where v.deployment_id is not null and {f_of_line}
       and (f.finished_at, f.deployment_id) > (v.finished_at, v.deployment_id)
       and coalesce(f.artifact, f.commit_sha) is distinct from coalesce(r.artifact, r.commit_sha)
     order by f.finished_at, f.deployment_id limit 1)
    union all
    (select f.* from {deployments} f
     where v.deployment_id is null and {f_of_line}
     order by f.finished_at desc, f.deployment_id desc limit 1)
) f on true
where r.outcome = 'success' and r.finished_at >= %(since)s and {where}
  and (r.tenant, r.deployment_id) in (
      select d.tenant, d.deployment_id from {deployments} d
      where d.kind = 'rollback' and d.finished_at >= %(since)s
      union all
      select s.tenant, s.deployment_id from {steps} s
      cross join lateral (
          select e.key from {steps} e
          where e.line = s.line and e.repository = s.repository and e.branch = s.branch
            and e.tenant = s.tenant
            and (e.finished_at, e.deployment_id) < (s.finished_at, s.deployment_id)
          order by e.finished_at desc, e.deployment_id desc limit 1
      ) e
      where s.key < s.came and s.finished_at >= %(since)s and s.key < e.key
  )
order by r.finished_at, r.deployment_id
"""

# What deployments ship of changes that say they mend something.
_SHIPPED: Final = """
select {remedy}, h.change_id, h.title, h.repository, h.merged_at, h.labels, h.head_branch
from {changes} h
join {change_links} l on l.change_id = h.change_id and l.tenant = h.tenant
join {deployments} r on r.deployment_id = l.deployment_id and r.tenant = l.tenant
where l.deployed_at >= %(since)s and l.left_out is null and r.outcome = 'success' and {where}
  and (h.title ~ %(titles)s or lower(h.labels::text)::text[] && %(labels)s
       or h.head_branch ~ %(branches)s){anew}
order by r.finished_at, r.deployment_id, h.change_id
"""
# Most of the time there is nothing new, which is known sooner than it is looked for.
_IS_ANY: Final = """
select exists (select from {deployments} where kind = 'rollback' and finished_at >= %(anew)s)
    or exists (select from {steps} where key < came and finished_at >= %(anew)s),
       exists (select from {change_links} where deployed_at >= %(anew)s)
    or exists (select from {changes} where merged_at >= %(anew)s)
"""
_ANEW: Final = """
  and (l.deployed_at >= %(anew)s or h.merged_at >= %(anew)s)
  and h.change_id in (
      select change_id from {change_links} where deployed_at >= %(anew)s
      union
      select change_id from {changes} where merged_at >= %(anew)s
  )
"""
# The deployment, of the same service in the same environment, of the change that was reverted: the
# last one of that title. If it was never there without the revert, nothing has failed.
_REVERTED: Final = """
select i.number, {failed}
from unnest(%(numbers)s::int[], %(owners)s::text[], %(remedies)s::uuid[], %(reverted)s::text[],
            %(repositories)s::text[], %(moments)s::timestamptz[])
    as i (number, tenant, remedy, title, repository, merged_at)
join {deployments} r on r.deployment_id = i.remedy and r.tenant = i.tenant
left join lateral (
    select o.change_id from {changes} o
    where o.title = i.title and o.repository is not distinct from i.repository
      and o.tenant = r.tenant and o.merged_at <= i.merged_at
    order by o.merged_at desc, o.change_id limit 1
) o on true
left join lateral (
    select f.* from {change_links} l
    join {deployments} f on f.deployment_id = l.deployment_id and f.tenant = l.tenant
    where l.change_id = o.change_id and l.tenant = r.tenant and l.left_out is null and {f_of_line}
    order by f.finished_at, f.deployment_id limit 1
) f on true
"""
# The deployment before it; a rollback has undone what the hotfix is for, and is not it.
_BEFORE: Final = """
select i.number, {failed}
from unnest(%(numbers)s::int[], %(owners)s::text[], %(remedies)s::uuid[])
    as i (number, tenant, remedy)
join {deployments} r on r.deployment_id = i.remedy and r.tenant = i.tenant
left join lateral (
    select f.* from {deployments} f
    where {f_of_line} and f.kind <> 'rollback'
      and (%(gap)s::interval is null or f.finished_at >= r.finished_at - %(gap)s)
    order by f.finished_at desc, f.deployment_id desc limit 1
) f on true
"""


class _Shipped(NamedTuple):
    remedy: Deployed
    change: str
    title: str | None
    repository: str | None
    merged_at: Any
    labels: Sequence[str]
    head_branch: str | None


def remedies(scope: Scope, rules: Sequence[str], *, since: datetime | None = None) -> list[Remedy]:
    """Those since the scope begins, by these of the rules; or only those that were deployed since
    another instant, or whose change was merged since then."""
    found: list[Remedy] = []
    went_back, shipped_any = True, True
    if since is not None:
        ((went_back, shipped_any),) = scope.fetch(SQL(_IS_ANY).format(**scope.tables), anew=since)
    if "rollback" in rules and went_back:
        found += _rollbacks(scope, since or scope.since)
    if {"revert", "hotfix"} & set(rules) and shipped_any:
        shipped = _shipped(scope, since)
        if "revert" in rules:
            found += _reverts(scope, shipped)
        if "hotfix" in rules:
            found += _hotfixes(scope, shipped)
    return found


def _rollbacks(scope: Scope, since: datetime) -> Iterator[Remedy]:
    width = len(Deployed._fields)
    for row in scope.fetch(_statement(scope, _ROLLBACKS), since=since):
        remedy, failed = Deployed._make(row[:width]), _deployed(row[width:])
        yield Remedy(remedy, failed, "rollback", None)


def _shipped(scope: Scope, since: datetime | None) -> list[_Shipped]:
    definition = scope.definition
    titles, branches = definition.revert_titles, definition.hotfix_branches
    values = {
        "titles": _any_of(titles),
        "branches": _any_of(branches),
        "labels": [label.lower() for label in definition.hotfix_labels],
        "anew": since,
    }
    width = len(Deployed._fields)
    anew = SQL("") if since is None else SQL(_ANEW).format(**scope.tables)
    rows = scope.fetch(_statement(scope, _SHIPPED, anew=anew), **values)
    return [_Shipped(Deployed._make(row[:width]), *row[width:]) for row in rows]


def _reverts(scope: Scope, shipped: Sequence[_Shipped]) -> Iterator[Remedy]:
    pairs = [
        (each, match[1])
        for each in shipped
        for title in scope.definition.revert_titles
        if (match := re.fullmatch(pattern(title).replace(".*", "(.*)", 1), each.title or ""))
    ]
    values: dict[str, Any] = {
        "reverted": [title for _, title in pairs],
        "repositories": [each.repository for each, _ in pairs],
        "moments": [each.merged_at for each, _ in pairs],
    }
    yield from _mended(scope, _REVERTED, [each for each, _ in pairs], "revert", values)


def _hotfixes(scope: Scope, shipped: Sequence[_Shipped]) -> Iterator[Remedy]:
    labels = {label.lower() for label in scope.definition.hotfix_labels}
    branches = re.compile(_any_of(scope.definition.hotfix_branches))
    fixes = [
        each
        for each in shipped
        if labels & {label.lower() for label in each.labels}
        or branches.fullmatch(each.head_branch or "")
    ]
    values = {"gap": scope.definition.max_gap}
    yield from _mended(scope, _BEFORE, fixes, "hotfix", values)


def _mended(
    scope: Scope, sql: str, shipped: Sequence[_Shipped], rule: str, values: Mapping[str, Any]
) -> Iterator[Remedy]:
    if not shipped:
        return
    found = scope.fetch(
        _statement(scope, sql),
        numbers=list(range(len(shipped))),
        owners=[each.remedy.tenant for each in shipped],
        remedies=[each.remedy.deployment_id for each in shipped],
        **values,
    )
    for number, *row in found:
        each = shipped[number]
        yield Remedy(each.remedy, _deployed(row), rule, each.change, each.merged_at)


def _deployed(row: Sequence[Any]) -> Deployed | None:
    return None if row[0] is None else Deployed._make(row)


def _statement(scope: Scope, sql: str, **more: Composable) -> Any:
    return SQL(sql).format(
        **more,
        remedy=SQL(columns("r")),
        failed=SQL(columns("f")),
        f_of_line=SQL(_OF_LINE.format("f")),
        v_of_line=SQL(_OF_LINE.format("v")),
        # What it mends is of the same service; the tier is its own, a tool may say it of only one.
        where=scope.where(
            _COLUMNS, in_time=False, by_tier=False, filtered=("service", "environment")
        ),
        **scope.tables,
    )


def _any_of(globs: Sequence[str]) -> str:
    return f"^({'|'.join(map(pattern, globs))})$" if globs else "^\\b$"
