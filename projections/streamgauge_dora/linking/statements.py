"""The statements that make links, each a file; see docs/decisions/0015."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable, Composed

from streamgauge.projections import Tables

# A tenant's service and environment together, in the length that an index can hold.
LINE = SQL("md5(d.tenant || chr(1) || d.service || chr(1) || coalesce(d.environment, ''))::uuid")
NOTHING = SQL("")
NO_PARTS: Mapping[str, str] = MappingProxyType({})
_RANK = SQL("case kind when 'merged' then 0 when 'created' then 1 else 2 end")

_SCOPE = """
    join unnest(%(tenants)s::text[], %(services)s::text[], %(environments)s::text[],
                %(cuts)s::timestamptz[]) as scope (tenant, service, environment, cut)
      on hashtextextended(d.service, 0) = hashtextextended(scope.service, 0)
     and d.service = scope.service and d.environment is not distinct from scope.environment
     and d.tenant = scope.tenant and d.finished_at >= scope.cut
"""
_BEFORE = """(
            select greatest(e.came, e.key) from {steps} e
            join unnest(%(lines)s::uuid[], %(cuts)s::timestamptz[]) as scope (line, cut)
              on scope.line = e.line
            where e.line = f.line and e.repository = f.repository and e.branch = f.branch
              and e.tenant = f.tenant and e.finished_at < scope.cut
            order by e.finished_at desc, e.deployment_id desc limit 1
        )"""
# A deployment is named by its id, by the id of its event, or by what its tool calls it.
NAMED_DEPLOYMENT = """
        select d.* from {deployments} d where d.tenant = g.tenant and d.deployment_id = case
            when g.deployment ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'
            then g.deployment::uuid end
        union
        select d.* from {deployments} d where d.tenant = g.tenant and d.event_id = g.deployment
        union
        select d.* from {deployments} d where d.tenant = g.tenant and d.reference = g.deployment
"""
# A service that has a part of a repository ships what touches its folders, or what was built into
# its artifacts; where the folders are unknown, it may.
_ONLY_OWN_PARTS = """and (
          not exists (
              select from unnest(%(part_services)s::text[], %(part_repositories)s::text[])
                  as part (service, repository)
              where part.service = s.service and part.repository = k.repository
          )
          or exists (
              select from unnest(%(part_services)s::text[], %(part_repositories)s::text[],
                                 %(part_directories)s::text[], %(part_artifacts)s::text[])
                  as part (service, repository, directory, artifact)
              where part.service = s.service and part.repository = k.repository
                and (part.directory is not null and (h.directories is null or exists (
                         select from unnest(h.directories) as touched
                         where starts_with(touched || '/', part.directory)
                     ))
                     or exists (
                         select from {artifact_events} a
                         where a.commit_sha = h.commit_sha and a.tenant = h.tenant
                           and a.name = part.artifact
                     ))
          )
      )"""


def run(
    cursor: Cursor[TupleRow],
    name: str,
    tables: Tables,
    values: Mapping[str, Any],
    more: Mapping[str, str] = NO_PARTS,
    returning: Composable = NOTHING,
) -> Cursor[TupleRow]:
    """Execute the file `name`; `more` are parts of it that differ.

    It is planned for the values that it has: one plan for all would read whole tables.
    """
    parts: dict[str, Composable] = {"line": LINE, "rank": _RANK}
    parts |= {key: SQL(text).format(**tables) for key, text in _PARTS.items()}
    parts |= {key: SQL(text).format(**tables) for key, text in more.items()}
    statement = _text(name).format(**tables, **parts) + returning
    return cursor.execute(statement, values, prepare=False)


_ONLY_THESE = """and (c.sha, c.repository) in (
      select sha, repository from unnest(%(shas)s::text[], %(repositories)s::text[])
          as wanted (sha, repository)
  )"""

COMMITS_OF_ALL = {"only": ""}
COMMITS_OF_SOME = {"only": _ONLY_THESE}
STEPS_OF_ALL = {"scope": "", "before": "null"}
STEPS_OF_SOME = {"scope": _SCOPE, "before": _BEFORE}
LINKS_OF_WHOLE = {"only_own_parts": ""}
LINKS_OF_PARTS = {"only_own_parts": _ONLY_OWN_PARTS}
# Each step looks for its keys, or each key for its steps. Postgres takes a range for a ninth of
# all and would compare each with each; an offset keeps it from that.
LINKS_OF_ALL = {
    "keys_and_steps": """{steps} s
    cross join lateral (
        select * from {change_keys} k
        where k.repository = s.repository and k.branch = s.branch and k.tenant = s.tenant
          and k.key <= s.key and k.key > coalesce(s.came, -9223372036854775808)
        offset 0
    ) k"""
}
LINKS_OF_SOME = {
    "keys_and_steps": """{change_keys} k
    join {steps} s on s.repository = k.repository and s.branch = k.branch and s.tenant = k.tenant
                  and s.key >= k.key and (s.came is null or s.came < k.key)"""
}
_PARTS = {"named_deployment": NAMED_DEPLOYMENT}


@cache
def _text(name: str) -> SQL:
    return SQL(files(__package__).joinpath(f"sql/{name}.sql").read_text("utf-8"))


def delete(
    cursor: Cursor[TupleRow],
    tables: Tables,
    name: str,
    column: str,
    ids: Any,
    returning: Composable = NOTHING,
) -> Cursor[TupleRow]:
    """Delete the rows whose `column` is one of the ids."""
    kind = "uuid" if column == "deployment_id" else "text"
    statement: Composed = SQL("delete from {} as made where {} = any(%s::{}[])").format(
        tables[name], SQL(column), SQL(kind)
    )
    return cursor.execute(statement + returning, (list(ids),), prepare=False)
