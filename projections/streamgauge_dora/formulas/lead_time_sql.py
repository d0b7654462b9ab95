"""The statements of the change lead time of changes, and what they are made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from psycopg.sql import SQL, Composed

from streamgauge_dora.asking.scope import Columns, Scope
from streamgauge_dora.asking.statistics import SIZES
from streamgauge_dora.defining.sections import Section

# Each change that was deployed in the range, with all its deployments before: it counts at the
# first, which may be before the range.
EACH: Final = """
with recent as (
    select distinct w.tenant, w.change_id from {change_links} w where {recent}
)
select {span}, {day}, l.tenant || ' ' || l.change_id, {mark}, {reason}, {why}, {amount},
       {coding}, {pickup}, {review}, {deploy}{keys}{detail}
from recent r
join {change_links} l on l.change_id = r.change_id and l.tenant = r.tenant
join {changes} h on h.change_id = l.change_id and h.tenant = l.tenant
join {deployments} d on d.deployment_id = l.deployment_id and d.tenant = l.tenant
where {where} and l.deployed_at < %(end)s and {kinds}
order by {first_by}, l.deployment_id, l.change_id
"""

# How many there are of each day, and all their amounts: a row for each change takes ten times as
# long. `left_out` is why they do not count among all, `within` why not in their group.
BY_DAY: Final = """
select {span}, {day}, {mark}, coalesce({reason}, {again}, {why}) as left_out,
       coalesce({reason}, {within}, {why}) as within{keys}, count(*),
       array_agg({amount}) filter (where {amount} is not null),
       array_agg({coding}) filter (where {coding} is not null),
       array_agg({pickup}) filter (where {pickup} is not null),
       array_agg({review}) filter (where {review} is not null),
       array_agg({deploy}) filter (where {deploy} is not null)
from {change_links} l
where {where} and {kinds}
group by {places}
"""
COLUMNS: Final = Columns(
    at="l.deployed_at",
    tenant="l.tenant",
    service="l.service",
    environment="l.environment",
    repository="l.repository",
    production="l.production",
)
_EARLIER: Final = replace(
    COLUMNS,
    at="e.deployed_at",
    service="e.service",
    environment="e.environment",
    repository="e.repository",
    production="e.production",
)
_BEFORE: Final = """
case when l.place > 1 and exists (
    select from {change_links} e
    where e.change_id = l.change_id and e.tenant = l.tenant and e.place < l.place
      and {reason} is null and {where}{alike}
) then 'counted_before' end
"""


def seconds(first: str, last: str) -> str:
    """From one moment to the other; below zero where they are the wrong way round."""
    return f"date_part('epoch', {last} - {first})"


def between(first: str, last: str) -> str:
    """The seconds; null where one is unknown, or they are the wrong way round."""
    return f"case when {last} >= {first} then {seconds(first, last)} end"


def amount(since: str) -> str:
    """The seconds of a change since one of its moments. What was deployed before it was merged has
    waited for nothing."""
    if since == "merged":
        waited = seconds("l.merged_at", "l.deployed_at")
        return f"case when l.merged_at is not null then greatest(0, {waited}) end"
    first = "l.created_at" if since == "created" else "coalesce(l.first_commit_at, l.created_at)"
    return seconds(first, "l.deployed_at")


def rounded(amount: str, how: str) -> str:
    """As `statistics.rounded` does it."""
    size = SIZES[how]
    if not size:
        return amount
    towards = "ceil" if how.endswith("up") else "trunc"
    found = f"{towards}(({amount}) / {size}) * {size} + 0.0"  # a zero without a sign
    return f"case when {found} >= 0 then {found} end"


def kept(amount: str, section: Section) -> dict[str, Any]:
    """The amount as it counts, and why it does not."""
    found = rounded(amount, section.text("rounding", "none"))
    nothing = f"when ({found}) = 0 then 'not_positive'" if section.flag("only_positive") else ""
    why = f"""
        case when ({amount}) is null then 'no_commit_time'
             when ({found}) is null or ({found}) < 0 then 'ends_before_it_begins'
             {nothing} end"""
    return {"amount": SQL(found), "why": SQL(why)}


def before(scope: Scope, reason: str, *, in_group: bool) -> Composed:
    """That the change counted at a deployment before this one; `in_group`, of the same group."""
    if scope.section.flag("each_environment"):
        return SQL("null::text").format()
    alike = [
        SQL(" and {} is not distinct from {}").format(
            scope.dimension(name, _EARLIER), scope.dimension(name, COLUMNS)
        )
        for name in scope.dimensions
        if in_group and name in ("service", "environment", "tier")
    ]
    return SQL(_BEFORE).format(
        reason=SQL(reason),
        where=scope.where(_EARLIER, in_time=False),
        alike=SQL("").join(alike),
        **scope.tables,
    )
