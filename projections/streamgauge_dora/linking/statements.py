"""The statements that make links, each a file; see docs/decisions/0015."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable, Composed

from streamgauge.projections import Tables

# A tenant's service and environment together, in the length that an index can hold.
LINE = SQL("md5(d.tenant || chr(1) || d.service || chr(1) || coalesce(d.environment, ''))::uuid")
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
_ONLY_OWN_DIRECTORIES = """and (
          h.directories is null
          or not exists (
              select from unnest(%(part_services)s::text[], %(part_repositories)s::text[])
                  as part (service, repository)
              where part.service = s.service and part.repository = k.repository
          )
          or exists (
              select from unnest(%(part_services)s::text[], %(part_repositories)s::text[],
                                 %(part_directories)s::text[])
                  as part (service, repository, directory)
              cross join unnest(h.directories) as touched
              where part.service = s.service and part.repository = k.repository
                and starts_with(touched || '/', part.directory)
          )
      )"""


def run(
    cursor: Cursor[TupleRow], name: str, tables: Tables, values: Mapping[str, Any], **more: str
) -> Cursor[TupleRow]:
    """Execute the file `name`; `more` are parts of it that differ.

    It is planned for the values that it has: one plan for all would read whole tables.
    """
    parts: dict[str, Composable] = {"line": LINE, "rank": _RANK}
    parts |= {key: SQL(text).format(**tables) for key, text in _PARTS.items()}
    parts |= {key: SQL(text).format(**tables) for key, text in more.items()}
    return cursor.execute(_text(name).format(**tables, **parts), values, prepare=False)


STEPS_OF_ALL = {"scope": "", "before": "null"}
STEPS_OF_SOME = {"scope": _SCOPE, "before": _BEFORE}
LINKS_OF_WHOLE = {"only_own_directories": ""}
LINKS_OF_PARTS = {"only_own_directories": _ONLY_OWN_DIRECTORIES}
_PARTS = {"named_deployment": NAMED_DEPLOYMENT}


@cache
def _text(name: str) -> SQL:
    return SQL(files(__package__).joinpath(f"sql/{name}.sql").read_text("utf-8"))


def delete(cursor: Cursor[TupleRow], tables: Tables, name: str, column: str, ids: Any) -> None:
    """Delete the rows whose `column` is one of the ids."""
    kind = "uuid" if column == "deployment_id" else "text"
    statement: Composed = SQL("delete from {} where {} = any(%s::{}[])").format(
        tables[name], SQL(column), SQL(kind)
    )
    cursor.execute(statement, (list(ids),), prepare=False)
