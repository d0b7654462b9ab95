"""The list of changes: merged or not, and commits that came without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable

from streamgauge.lists import Listing, ListQuery, Page, Place
from streamgauge.projections import Tables
from streamgauge_dora.lists import paging

# The last that was done with it, in the form that the index has.
_AT: Final = (
    "coalesce(h.merged_at, h.abandoned_at, h.created_at, h.first_reviewed_at, h.first_commit_at,"
    " to_timestamp(0))"
)
_NAMES: Final = (
    "kind", "title", "author", "repository", "branch", "commit", "commits", "labels",
    "first_commit_at", "created_at", "first_reviewed_at", "merged_at", "abandoned_at",
)  # fmt: skip
_CHANGES: Final = """
select {at}, h.change_id, h.kind, h.title, h.author, h.repository, h.branch, h.commit_sha,
       h.commits, h.labels, h.first_commit_at, h.created_at, h.first_reviewed_at, h.merged_at,
       h.abandoned_at
from {changes} h
where h.tenant = %(tenant)s{beyond}{filters}{deployed}
{order}
"""
_LINKS: Final = """
select change_id, service, environment, deployment_id, deployed_at, rule, left_out
from {change_links} where change_id = any(%(ids)s) and tenant = %(tenant)s
order by change_id, deployed_at, deployment_id
"""
# With a limit it stays a look by index for each change, and becomes no join of all.
_DEPLOYED: Final = """ and (
    select true from {change_links} l
    where l.change_id = h.change_id and l.tenant = h.tenant{filters} limit 1
)"""
_DEPLOYED_TO: Final[Mapping[str, str]] = {
    "service": "l.service = any(%(service)s)",
    "environment": "l.environment = any(%(environment)s)",
}


class Changes(Listing):
    """Each with the times of its stages, and its first deployment wherever it was deployed."""

    title = "changes, the newest first"
    filters: Mapping[str, Sequence[str]] = {"service": (), "environment": (), "repository": ()}

    def page(self, cursor: Cursor[TupleRow], tables: Tables, query: ListQuery) -> Page:
        """By when they were merged; else abandoned, else created."""
        values = paging.values(query)
        deployed: Composable = SQL("")
        if set(_DEPLOYED_TO) & set(query.filters):
            deployed = SQL(_DEPLOYED).format(
                filters=paging.filtered(query, tables, _DEPLOYED_TO), **tables
            )
        statement = SQL(_CHANGES).format(
            at=SQL(_AT),
            beyond=paging.beyond(query, _AT, "h.change_id"),
            filters=paging.filtered(
                query, tables, {"repository": "h.repository = any(%(repository)s)"}
            ),
            deployed=deployed,
            order=paging.ordered(_AT, "h.change_id"),
            **tables,
        )
        rows = cursor.execute(statement, values, prepare=False).fetchall()
        shown = {row[1]: dict(zip(_NAMES, row[2:], strict=True)) for row in rows[: query.limit]}
        links = paging.of_each(
            cursor,
            SQL(_LINKS).format(**tables),
            {**values, "ids": list(shown)},
            ("service", "environment", "deployment", "deployed_at", "rule", "left_out"),
        )
        items = [{"id": key, **told, "deployments": links[key]} for key, told in shown.items()]
        return paging.page(query, [Place(row[0], row[1]) for row in rows], items)
