"""Makes links: all of them, or those that new facts may have changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge.projections import Changed, Tables
from streamgauge_dora.linking import moves, statements
from streamgauge_dora.linking.parts import Parts

TABLES: Final[Sequence[str]] = (
    "changes",
    "change_commits",
    "change_keys",
    "deployment_commits",
    "steps",
    "change_links",
)
_MOST: Final = 20_000
"""Things that are looked for one by one; where more may have changed, all is made anew."""

# What is new at all. Most pages have deployments and nothing else.
_NEW = """
select exists (select from {change_events} where position > %(since)s and position <= %(upto)s)
    or exists (select from {commits} where position > %(since)s and position <= %(upto)s),
       exists (select from {given_links} where position > %(since)s and position <= %(upto)s)
    or exists (select from {given_links} where what = 'change')
"""


class Making:
    """Makes the links of one build, in the cursor's transaction."""

    def __init__(self, cursor: Cursor[TupleRow], tables: Tables, parts: Parts) -> None:
        self._cursor = cursor
        self._tables = tables
        self._parts = parts
        self._differences = moves.Differences()

    def all(self) -> None:
        """Make everything, into empty tables.

        Each is analysed before the next is made of it: to Postgres it would be empty still.
        """
        self._run("change_commits", ids=None)
        self._analyse("change_commits")
        self._run("changes_merged", ids=None)
        statements.run(self._cursor, "changes_pushed", self._tables, {}, statements.COMMITS_OF_ALL)
        self._analyse("changes")
        self._run("change_keys", ids=None)
        self._run("change_keys_timed", ids=None)
        self._analyse("change_keys")
        self._run("deployment_commits", ids=None)
        self._analyse("deployment_commits")
        statements.run(self._cursor, "steps", self._tables, {}, statements.STEPS_OF_ALL)
        self._analyse("steps")
        self._link(None)
        self._analyse("change_links")
        moves.begin(self._cursor, self._tables)

    def some(self, changed: Changed) -> None:
        """Make what the new facts may have changed; where that is much, everything."""
        span = {"since": changed.since, "upto": changed.upto}
        self._cursor.execute(SQL(_NEW).format(**self._tables), span, prepare=False)
        (new_changes, statements_made) = self._cursor.fetchone() or (True, True)
        deployments = self._ids("affected/deployments", **span)
        changes = self._ids("affected/changes", **span) if new_changes else set()
        if len(deployments) + len(changes) > _MOST or not self._make(
            span, deployments, changes, new_changes, statements_made
        ):
            for name in TABLES:
                self._cursor.execute(SQL("delete from {}").format(self._tables[name]))
            self.all()
            return
        moves.note(self._cursor, self._tables, changed, self._differences)

    def _make(
        self,
        span: dict[str, int],
        deployments: set[Any],
        merged: set[Any],
        new_changes: bool,
        statements_made: bool,
    ) -> bool:
        """False where it is more than should be looked for one by one."""
        changes: set[Any] = set()
        if new_changes:
            found = self._remake_changes(span, merged)
            if found is None:
                return False
            changes |= found
        if deployments:
            self._remake_commits(deployments)
        if new_changes:
            deployments = deployments | self._ids("affected/placed", **span)
        if deployments:
            changes |= self._remake_steps(deployments)
        if any(part.artifact for part in self._parts):
            changes |= self._ids("affected/built", **span)
        if statements_made:
            changes |= self._ids("affected/stated", **span)
        if len(changes) > _MOST:
            return False
        if changes:
            self._delete("change_links", "change_id", changes)
            self._link(changes)
        return True

    def _remake_changes(self, span: dict[str, int], merged: set[str]) -> set[str] | None:
        """The ids of the changes that may be others, with those of commits; None for too many."""
        commits = self._pairs("affected/shas", ids=list(merged), **span)
        self._delete("change_commits", "change_id", merged)
        self._add("change_commits", "change_commits", ids=list(merged))
        commits |= self._pairs("affected/shas", ids=list(merged), **span)
        if len(commits) > _MOST:
            return None
        ids = merged | {f"{repository}@{sha}" for repository, sha in commits}
        self._delete("changes", "change_id", ids)
        statements.delete(self._cursor, self._tables, "change_keys", "change_id", ids)
        self._add("changes", "changes_merged", ids=list(merged))
        values = {
            "repositories": [repository for repository, _ in commits],
            "shas": [sha for _, sha in commits],
        }
        self._add("changes", "changes_pushed", statements.COMMITS_OF_SOME, **values)
        self._run("change_keys", ids=list(ids))
        self._run("change_keys_timed", ids=list(ids))
        return ids

    def _remake_commits(self, deployments: Iterable[UUID]) -> None:
        self._delete("deployment_commits", "deployment_id", deployments)
        self._add("deployment_commits", "deployment_commits", ids=list(deployments))

    def _remake_steps(self, deployments: Iterable[UUID]) -> set[str]:
        """Go through the steps since these deployments again; the changes that they may ship."""
        found = self._run("affected/scope", ids=list(deployments)).fetchall()
        if not found:
            return set()
        tenants, services, environments, cuts, lines = map(list, zip(*found, strict=True))
        scope = {"lines": lines, "cuts": cuts}
        changes = self._ids("affected/linked", **scope)
        self._cursor.execute(
            SQL(
                "delete from {steps} as made"
                " using unnest(%(lines)s::uuid[], %(cuts)s::timestamptz[]) as scope (line, cut)"
                " where made.line = scope.line and made.finished_at >= scope.cut"
            ).format(**self._tables)
            + moves.returning("steps"),
            scope,
            prepare=False,
        )
        self._differences.gone("steps", self._cursor.fetchall())
        values = {"tenants": tenants, "services": services, "environments": environments, **scope}
        self._add("steps", "steps", statements.STEPS_OF_SOME, **values)
        return changes | self._ids("affected/linked", **scope)

    def _link(self, changes: Iterable[str] | None) -> None:
        parts = self._parts
        more = {
            **(statements.LINKS_OF_PARTS if parts else statements.LINKS_OF_WHOLE),
            **(statements.LINKS_OF_ALL if changes is None else statements.LINKS_OF_SOME),
        }
        values: dict[str, Any] = {
            "ids": None if changes is None else list(changes),
            "part_services": [part.service for part in parts],
            "part_repositories": [part.repository for part in parts],
            "part_directories": [part.directory for part in parts],
            "part_artifacts": [part.artifact for part in parts],
        }
        if changes is None:
            statements.run(self._cursor, "change_links", self._tables, values, more)
        else:
            self._add("change_links", "change_links", more, **values)

    def _delete(self, table: str, column: str, ids: Iterable[Any]) -> None:
        gone = statements.delete(
            self._cursor, self._tables, table, column, ids, moves.returning(table)
        )
        self._differences.gone(table, gone.fetchall())

    def _add(
        self,
        table: str,
        name: str,
        more: Mapping[str, str] = statements.NO_PARTS,
        **values: Any,
    ) -> None:
        returning = moves.returning(table)
        come = statements.run(self._cursor, name, self._tables, values, more, returning)
        self._differences.come(table, come.fetchall())

    def _analyse(self, table: str) -> None:
        self._cursor.execute(SQL("analyze {}").format(self._tables[table]))

    def _run(self, name: str, **values: Any) -> Cursor[TupleRow]:
        return statements.run(self._cursor, name, self._tables, values)

    def _ids(self, name: str, **values: Any) -> set[Any]:
        return {row[0] for row in self._run(name, **values).fetchall()}

    def _pairs(self, name: str, **values: Any) -> set[tuple[str, str]]:
        return {(row[0], row[1]) for row in self._run(name, **values).fetchall()}
