"""The list of deployments, failed attempts too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge.lists import Listing, ListQuery, Page, Place
from streamgauge.projections import Tables
from streamgauge_dora.formulas.deployments import REDEPLOYED
from streamgauge_dora.lists import paging

_NAMES: Final = (
    "service", "environment", "outcome", "kind", "started_at", "finished_at", "artifact",
    "repository",
)  # fmt: skip
_DEPLOYMENTS: Final = """
select d.deployment_id, d.service, d.environment, d.outcome, k.kind, d.started_at, d.finished_at,
       d.artifact_id, d.repository
from {deployments} d
cross join lateral (
    select case when d.outcome = 'success' and {redeployed} then 'redeploy' else d.kind end as kind
) k
where d.tenant = %(tenant)s and d.position <= %(as_of)s{beyond}{filters}
{order}
"""
_COMMITS: Final = """
select deployment_id, repository, sha, rule from {deployment_commits}
where deployment_id = any(%(ids)s) and tenant = %(tenant)s
order by deployment_id, repository, sha
"""
_CHANGES: Final = """
select deployment_id, count(*), rule, left_out from {change_links}
where deployment_id = any(%(ids)s) and tenant = %(tenant)s
group by deployment_id, rule, left_out order by deployment_id, rule, left_out
"""
_FILTERS: Final[Mapping[str, str]] = {
    # In the form that the index has.
    "service": "d.service = any(%(service)s) and hashtextextended(d.service, 0) ="
    " any(array(select hashtextextended(name, 0) from unnest(%(service)s::text[]) as name))",
    "environment": "d.environment = any(%(environment)s)",
    "repository": "d.repository = any(%(repository)s)",
    "outcome": "d.outcome = any(%(outcome)s)",
    "kind": "k.kind = any(%(kind)s)",
}


class Deployments(Listing):
    """Each with its commits, and how many changes it ships."""

    title = "deployments, the newest first"
    filters: Mapping[str, Sequence[str]] = {
        "service": (),
        "environment": (),
        "repository": (),
        "outcome": ("success", "failure"),
        "kind": ("deploy", "upgrade", "rollback", "redeploy"),
    }

    def page(self, cursor: Cursor[TupleRow], tables: Tables, query: ListQuery) -> Page:
        """By when they ended."""
        values = paging.values(query)
        at, id_ = "d.finished_at", "d.deployment_id::text"
        statement = SQL(_DEPLOYMENTS).format(
            redeployed=SQL(REDEPLOYED).format(**tables),
            beyond=paging.beyond(query, at, id_),
            filters=paging.filtered(query, tables, _FILTERS),
            order=paging.ordered(at, id_),
            **tables,
        )
        rows = cursor.execute(statement, values, prepare=False).fetchall()
        shown = {row[0]: dict(zip(_NAMES, row[1:], strict=True)) for row in rows[: query.limit]}
        values["ids"] = list(shown)
        commits, changes = (
            paging.of_each(cursor, SQL(text).format(**tables), values, names)
            for text, names in (
                (_COMMITS, ("repository", "commit", "rule")),
                (_CHANGES, ("count", "rule", "left_out")),
            )
        )
        items = [
            {"id": key, **told, "commits": commits[key], "changes": changes[key]}
            for key, told in shown.items()
        ]
        return paging.page(query, [Place(row[6], str(row[0])) for row in rows], items)
