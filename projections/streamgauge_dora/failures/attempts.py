"""Attempts that failed, for definitions that take each for a failed deployment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from psycopg.sql import SQL

from streamgauge_dora.asking.scope import Columns, Scope
from streamgauge_dora.failures.deployed import ATTEMPT, Deployed, columns

RULE: Final = "failed_attempt"

_COLUMNS: Final = Columns(
    at="a.finished_at", tenant="a.tenant", service="a.service", environment="a.environment",
    repository="a.repository", production="a.production", position="a.position",
)  # fmt: skip

# It is over when the service is next deployed there.
_ATTEMPTS: Final = """
select d.finished_at, {columns}
from {deployments} a
left join lateral (
    select d.finished_at from {deployments} d
    where hashtextextended(d.service, 0) = hashtextextended(a.service, 0) and d.service = a.service
      and d.environment is not distinct from a.environment and d.tenant = a.tenant
      and d.outcome = 'success' and d.finished_at >= a.finished_at
    order by d.finished_at limit 1
) d on true
where a.outcome = 'failure' and a.finished_at >= %(since)s and {where}
order by a.finished_at, a.deployment_id
"""


def attempts(scope: Scope) -> Iterator[tuple[Deployed, datetime | None]]:
    """Each, and when the next deployment of its service succeeded; none if no rule asks for it."""
    if RULE not in scope.definition.rules:
        return
    statement = SQL(_ATTEMPTS).format(
        columns=SQL(columns("a")),
        where=scope.where(_COLUMNS, in_time=False, filtered=("service", "environment")),
        **scope.tables,
    )
    for recovered_at, *row in scope.fetch(statement):
        yield Deployed._make(row)._replace(kind=ATTEMPT), recovered_at
