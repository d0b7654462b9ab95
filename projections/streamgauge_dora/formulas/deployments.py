"""Loads deployments: those that count, by day, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from psycopg.sql import SQL, Composable, Composed

from streamgauge_dora.asking.items import Item, only
from streamgauge_dora.asking.remembering import rows_by_day
from streamgauge_dora.asking.scope import Columns, Scope
from streamgauge_dora.failures.deployed import Key, Place
from streamgauge_dora.linking.pushes import COMMITS_OF_PUSH

COLUMNS: Final = Columns(
    at="d.finished_at",
    tenant="d.tenant",
    service="d.service",
    environment="d.environment",
    repository="d.repository",
    production="d.production",
    position="d.position",
)

_DETAIL: Final = SQL(
    ", d.deployment_id, d.service, d.environment, d.finished_at, d.kind, d.artifact_id,"
    " d.commit_sha, d.repository"
)
_DETAILS: Final = (
    "deployment", "service", "environment", "finished_at", "kind", "artifact", "commit",
    "repository",
)  # fmt: skip

_NO_MARK: Final = SQL("''")
NOT_PRODUCTION: Final = "not_production"

# The same artifact, or where it has none the same commit, as the successful one before it.
REDEPLOYED: Final = """
(select (b.artifact, coalesce(b.commit_sha, '')) = (d.artifact, coalesce(d.commit_sha, ''))
 from {deployments} b
 where hashtextextended(b.service, 0) = hashtextextended(d.service, 0) and b.service = d.service
   and b.environment is not distinct from d.environment and b.tenant = d.tenant
   and b.outcome = 'success'
   and (b.finished_at, b.deployment_id) < (d.finished_at, d.deployment_id)
 order by b.finished_at desc, b.deployment_id desc limit 1)
"""


def load(scope: Scope, mark: Composable = _NO_MARK) -> Iterator[Item]:
    """Items of deployments: each by itself where details are asked for, else counted by day.

    They are told apart by `mark`, an expression.
    """
    detail = _DETAIL if scope.detailed else SQL("")
    count = SQL("1") if scope.detailed else SQL("count(*)")
    grouping: Composable = SQL(" order by d.finished_at, d.deployment_id")
    width = 5 + len(scope.dimensions)
    if not scope.detailed:
        columns = SQL(", ").join(SQL(str(n)) for n in (1, 2, 4, 5, *range(6, width + 1)))
        grouping = SQL(" group by ") + columns
    statement = SQL(
        "select {span}, {day}, {count}, {reason}, {mark}{keys}{detail} from {table} d"
        " where {where}{rest}"
    ).format(
        span=scope.span(COLUMNS),
        day=scope.day(COLUMNS),
        count=count,
        mark=mark,
        reason=reason(scope),
        keys=scope.keys(COLUMNS),
        detail=detail,
        table=scope.tables["deployments"],
        where=scope.where(COLUMNS, anywhere=True),
        rest=grouping,
    )
    for span, day, n, left_out, told, *rest in rows_by_day(scope, statement):
        more = {"n": n, "left_out": left_out, "mark": told}
        yield from scope.item(span, day, *scope.split(rest, _DETAILS), **more)


def elsewhere(scope: Scope) -> Iterator[Item]:
    """Deployments that are left out for where they went to. A metric of something else names them
    too: where its answer is empty, they may be why."""
    return (item for item in load(scope) if item.left_out == NOT_PRODUCTION)


def each(scope: Scope, amount: str, *, mark: str = "''") -> Iterator[Item]:
    """Items of deployments one by one, each with an amount and a mark."""
    statement = SQL(
        "select {span}, {day}, {amount}, {mark}, {reason}{keys}{detail} from {table} d"
        " where {where} order by d.finished_at, d.deployment_id"
    ).format(
        span=scope.span(COLUMNS),
        day=scope.day(COLUMNS),
        amount=SQL(amount),
        mark=SQL(mark),
        reason=reason(scope),
        keys=scope.keys(COLUMNS),
        detail=_DETAIL if scope.detailed else SQL(""),
        table=scope.tables["deployments"],
        where=scope.where(COLUMNS, anywhere=True),
    )
    for span, day, found, told, left_out, *rest in scope.fetch(statement):
        more = {"amounts": only(found), "mark": told or "", "left_out": left_out}
        yield from scope.item(span, day, *scope.split(rest, _DETAILS), **more)


def places(scope: Scope, keys: Iterable[Key]) -> Mapping[Key, Place]:
    """Where those of these deployments fall that count; attempts too, where they are failures."""
    statement = SQL(
        "select d.tenant, d.deployment_id, {span}, {day}{keys} from {table} d"
        " where d.deployment_id = any(%(ids)s) and {reason} is null and {where}"
    ).format(
        span=scope.span(COLUMNS),
        day=scope.day(COLUMNS),
        keys=scope.keys(COLUMNS),
        table=scope.tables["deployments"],
        reason=reason(scope, attempts="failed_attempt" in scope.definition.rules),
        where=scope.where(COLUMNS, anywhere=True),
    )
    wanted = set(keys)
    rows = scope.fetch(statement, ids=list({deployment_id for _, deployment_id in wanted}))
    return {
        (tenant, deployment_id): Place(span, day, dimensions)
        for tenant, deployment_id, span, day, *dimensions in rows
        if (tenant, deployment_id) in wanted
    }


def reason(scope: Scope, *, attempts: bool = False) -> Composed:
    """Why a deployment does not count; null where it does. `attempts`: those that failed may."""
    kinds = [kind for kind in scope.definition.kinds if kind != "redeploy"]
    cases = [
        *([] if attempts else [SQL("when d.outcome <> 'success' then 'failed_attempt'")]),
        SQL("when not d.kind = any({}) then 'kind_not_counted'").format(kinds),
    ]
    if scope.tiers and not {"environment", "tier"} & set(scope.query.filters):
        tier = scope.dimension("tier", COLUMNS)
        cases.insert(0, SQL("when {} <> all(%(tiers)s) then {}").format(tier, NOT_PRODUCTION))
    if "redeploy" not in scope.definition.kinds:
        redeployed = SQL(REDEPLOYED).format(**scope.tables)
        cases.append(SQL("when {} then 'redeployed'").format(redeployed))
    if scope.definition.only_pushed:
        pushed = SQL(COMMITS_OF_PUSH).format(**scope.tables)
        cases.append(SQL("when not exists ({}) then 'no_push'").format(pushed))
    return SQL("case {} end").format(SQL(" ").join(cases))
