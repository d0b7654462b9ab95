"""The plans of the lists: each query by its index, on tables of a size where it matters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import psycopg
import pytest
from psycopg.rows import tuple_row
from psycopg.sql import SQL

from streamgauge.lists import ListQuery, Place
from streamgauge.postgres.database import Database
from streamgauge_dora.facts.choices import choices
from streamgauge_dora.facts.lineage import events_of
from streamgauge_dora.lists import LISTS
from tests.conftest import fresh_database
from tests.dora.world import SHOP, World, at, sha

MANY = 20_000
_NEXT = Place(at(MANY / 200), "m")

# A thing a minute, of a hundred services; a deployment ships the change of its number.
_FILL = """
insert into {deployments} select 'default', gen_random_uuid(), 's' || n % 100, 'production',
    'pkg:generic/s@' || n, 'generic:s@' || n, null, 'deploy', 'success', null,
    timestamptz '2026-01-05' + n * interval '1 minute', 'c' || n, 'git.example/acme/shop', true,
    null, '/deploys', 'd' || n, n from generate_series(1, {many}) n;
insert into {changes} select 'default', 'change-' || n, 'merge', 'git.example/acme/shop', 'main',
    'c' || n, null, null, null, timestamptz '2026-01-05' + n * interval '1 minute', null, 1, 'ann',
    'a change', null, array[]::text[], null from generate_series(1, {many}) n;
insert into {change_links} select tenant, 'change-' || position, gen_random_uuid(), service,
    environment, deployment_id, finished_at, 'commit', null, true, 1, 'merge', repository
    from {deployments};
insert into {deployment_commits} select tenant, deployment_id, repository, commit_sha, 'given'
    from {deployments};
insert into {incident_events} select 'default', 'incident-' || n, kind,
    timestamptz '2026-01-05' + n * interval '1 minute' + wait, 's' || n % 100, 'production',
    null, null, null, 'no hats', array[]::text[], false, gen_random_uuid(), n
    from generate_series(1, {many}) n, (values ('detected', interval '0'), ('resolved', '1 day'))
    as done (kind, wait);
insert into {change_events} (tenant, change_id, kind, at, repository, commit_sha, head_sha,
    head_branch, labels, event_id, event_key, position)
    select 'default', change_id, 'merged', merged_at, repository, commit_sha, commit_sha, 'hats',
    labels, change_id, gen_random_uuid(), 1 from {changes};
insert into {commits} select 'default', 'git.example/acme/shop', branch,
    lpad(n::text, 40, '0'), n, 0, true, now(), now(), 'ann', false, false, null,
    gen_random_uuid(), n from generate_series(1, {many}) n, unnest(array['main', 'hats']) branch;
insert into {artifact_events} (tenant, artifact, artifact_id, kind, at, event_key, position)
    select tenant, artifact, artifact_id, 'published', finished_at, gen_random_uuid(), position
    from {deployments};
insert into {given_links} select 'default', 'change', 'change-' || n, 'd' || n, true, false, now(),
    gen_random_uuid(), n from generate_series(1, {many}) n;
analyze
"""


class Explaining(psycopg.Cursor[Any]):
    """Keeps how each query that it sends reads its tables."""

    scans: ClassVar[list[tuple[str, str]]] = []

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        text = query if isinstance(query, str) else query.as_string(self)
        beside: psycopg.Cursor[Any] = psycopg.Cursor(self.connection, row_factory=tuple_row)
        beside.execute(f"explain (format json) {text}".encode(), params, prepare=False)
        self.scans.extend(_scans(beside.fetchone()[0][0]["Plan"]))  # type: ignore[index]
        return super().execute(query, params, **more)


def _scans(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "Relation Name" in plan:
        yield plan["Relation Name"], plan["Node Type"]
    for child in plan.get("Plans", ()):
        yield from _scans(child)


@pytest.fixture(scope="module")
def big(server_url: str) -> Iterator[World]:
    with fresh_database(server_url) as url, Database(url, role="test") as database:
        world = World(database)
        with database.transaction() as cursor:
            for statement in _FILL.split(";"):
                cursor.execute(SQL(statement).format(many=MANY, **world.tables))
        yield world


def explained(world: World) -> Iterator[psycopg.Cursor[Any]]:
    Explaining.scans.clear()
    with world.database.snapshot() as cursor:
        yield Explaining(cursor.connection, row_factory=tuple_row)
    assert Explaining.scans
    whole = [scan for scan in Explaining.scans if scan[1] == "Seq Scan"]
    assert whole == []


@pytest.mark.parametrize("after", [None, _NEXT])
@pytest.mark.parametrize(
    ("name", "filters"),
    [
        ("deployments", {}),
        ("deployments", {"service": ["s7"]}),
        ("deployments", {"kind": ["redeploy"], "outcome": ["success"]}),
        ("changes", {}),
        ("changes", {"service": ["s7"], "environment": ["production"]}),
        ("changes", {"repository": [SHOP]}),
        ("incidents", {}),
        ("incidents", {"service": ["s7"]}),
    ],
)
def test_a_page_is_read_by_index(
    big: World, name: str, filters: dict[str, list[str]], after: Place | None
) -> None:
    query = ListQuery(filters=filters, limit=20, after=after, as_of=2**62)
    for cursor in explained(big):
        page = LISTS[name].page(cursor, big.tables, replace(query, start=at(-10), end=at(10_000)))
    assert len(page.items) == (0 if "kind" in filters else 20)


def test_a_lineage_is_looked_up_by_index(big: World) -> None:
    with big.database.snapshot() as cursor:
        cursor.execute(SQL("select deployment_id from {deployments} limit 1").format(**big.tables))
        (deployment,) = cursor.fetchone() or ()
    shown = [str(deployment), "change-7", f"{SHOP}@{sha('7')}", "incident-7", "pkg:generic/s@7"]
    for cursor in explained(big):
        for name in shown:
            events_of(cursor, big.tables, "default", name)


def test_what_can_be_picked_is_found_by_index(big: World) -> None:
    for cursor in explained(big):
        found = choices(cursor, big.tables, ["default"])
    assert (len(found.values["service"]), found.complete) == (100, True)
