"""What deployments can be filtered by: the services and environments that there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge.projections import Choices, Tables

MOST: Final = 1000
"""Services in environments. Each takes a step through the index."""

# From each pair of a service and an environment straight to the next one: a step costs the same
# however many deployments a pair has. In the form that the index has.
_PAIRS: Final = """
with recursive pairs as (
    (select {one} from {deployments} d where d.tenant = %(tenant)s order by {order} limit 1)
    union all
    select next.* from pairs p cross join lateral (
        select {one} from {deployments} d
        where d.tenant = %(tenant)s and ({order}) > (p.of_service, p.of_environment)
        order by {order} limit 1
    ) next
)
select service, environment from pairs limit %(limit)s
"""
_ORDER: Final = "hashtextextended(d.service, 0), hashtextextended(coalesce(d.environment, ''), 0)"
_ONE: Final = (
    "hashtextextended(d.service, 0) as of_service,"
    " hashtextextended(coalesce(d.environment, ''), 0) as of_environment, d.service, d.environment"
)


def choices(
    cursor: Cursor[TupleRow], tables: Tables, tenants: Sequence[str], most: int = MOST
) -> Choices:
    """The services and the environments of the tenants' deployments."""
    statement = SQL(_PAIRS).format(one=SQL(_ONE), order=SQL(_ORDER), **tables)
    services, environments, complete = set[str](), set[str](), True
    for tenant in tenants:
        rows = cursor.execute(statement, {"tenant": tenant, "limit": most + 1}, prepare=False)
        pairs = rows.fetchall()
        complete = complete and len(pairs) <= most
        services.update(service for service, _ in pairs[:most])
        environments.update(name for _, name in pairs[:most] if name)
    found = {"service": sorted(services), "environment": sorted(environments)}
    return Choices(found, complete)
