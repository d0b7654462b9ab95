"""How many changes a deployment ships: SQL over facts and links that are there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge.errors import SettingsError
from streamgauge.metrics import (
    Definition,
    Item,
    Metric,
    MetricAnswer,
    MetricExplanation,
    MetricQuery,
    explained,
    median,
    summed,
)
from streamgauge.projections import Tables

COUNTS: Final = ("changes", "commits")
"""What is counted; the definitions are called by it."""
PRODUCTION: Final = ("production", "prod", "live")

DIMENSIONS: Final = ("tenant", "service", "environment", "repository")
"""In the order of the columns."""

SHIPPED: Final = """
select d.deployment_id, d.finished_at, d.tenant, d.service, d.environment, d.repository,
       lower(d.environment) = any(%(environments)s) or coalesce(d.production, false),
       exists (
           select from {deployment_commits} k
           where k.deployment_id = d.deployment_id and k.tenant = d.tenant
       ),
       shipped.left_out, shipped.changes, shipped.commits
from {deployments} d
cross join lateral (
    select count(*) filter (where l.left_out is null) as changes,
           coalesce(sum(c.commits) filter (where l.left_out is null), 0) as commits,
           min(l.left_out) as left_out
    from {change_links} l join {changes} c using (tenant, change_id)
    where l.deployment_id = d.deployment_id and l.tenant = d.tenant
) shipped
where d.tenant = any(%(tenants)s) and d.outcome = 'success' and d.position <= %(as_of)s
  and d.finished_at >= %(since)s and d.finished_at < %(until)s
order by d.finished_at, d.deployment_id
"""


REASONS: Final = {
    "not_production": "its environment is none of those that the definition calls production",
    "no_commit": "it is not known of which commit it is, so what it ships is not known either",
    "nothing_new": "all that is in it was deployed there before",
    "first_deployment": "the first one there: what was there before is not known",
    "history_rewritten": "a force-push came between: what the branch still has is not known",
}


class BatchSize(Metric):
    """Changes, or commits, of each deployment that ships any; the median."""

    name = "batch_size"
    title = "Batch size"
    description = "How many changes a deployment to production ships."
    unit = "changes"
    projection = "links"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def definition(self) -> Definition:
        """What is counted, and which environments are production."""
        counts = self._settings.get("definition", COUNTS[0])
        environments = self._settings.get("environments", list(PRODUCTION))
        if counts not in COUNTS:
            raise SettingsError(f"plugins.batch_size.definition must be {' or '.join(COUNTS)}")
        if not isinstance(environments, list) or not all(isinstance(e, str) for e in environments):
            raise SettingsError("plugins.batch_size.environments must be a list of names")
        return {"name": counts, "environments": environments}

    def answer(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Definition,
    ) -> MetricAnswer:
        """The median, for all and for each group."""
        counts = self._counts(query, definition)
        items = shipped(cursor, tables, query, definition, counts)
        return MetricAnswer(counts, {"unit": counts, **summed(items, query, median)})

    def explain(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Definition,
    ) -> MetricExplanation:
        """The deployments, and what each has shipped."""
        counts = self._counts(query, definition)
        items = shipped(cursor, tables, query, definition, counts)
        result, told = explained(items, query, median)
        return MetricExplanation(counts, {"unit": counts, **result}, told, REASONS)

    def _counts(self, query: MetricQuery, definition: Definition) -> str:
        query.only_by("service", "environment", "repository", "team", "tenant")
        return query.definition_among(COUNTS, definition["name"])


def shipped(
    cursor: Cursor[TupleRow],
    tables: Tables,
    query: MetricQuery,
    definition: Definition,
    counts: str,
) -> Iterator[Item]:
    """The deployments of the range and the one before it, each with how much it ships."""
    cursor.execute(
        SQL(SHIPPED).format(**tables),
        {
            "environments": definition["environments"],
            "tenants": list(query.tenants),
            "as_of": query.as_of,
            "since": query.previous.start,
            "until": query.end,
        },
    )
    anywhere = "environment" in query.filters
    for row in cursor:
        deployment, at, *dimensions, production, is_known, left_out, changes, commits = row
        reason = None
        if not production and not anywhere:
            reason = "not_production"
        elif not changes:
            reason = left_out or ("nothing_new" if is_known else "no_commit")
        yield Item(
            at,
            dict(zip(DIMENSIONS, dimensions, strict=True)),
            int(changes if counts == "changes" else commits),
            reason,
            {"deployment": str(deployment), "finished_at": at},
        )
