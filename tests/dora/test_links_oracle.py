"""Links as the statements make them, and as the naive oracle makes them, are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.postgres.database import Database
from streamgauge_dora.linking.parts import Part
from tests.dora import oracle, oracle_links
from tests.dora.histories import histories, strangers
from tests.dora.oracle_facts import Facts
from tests.dora.questions import CALM
from tests.dora.world import SHOP, World

PARTS = [
    Part("shop", SHOP, "a/", None),
    Part("shop", SHOP, "b/c/", None),
    Part("pay", SHOP, "src/", None),
]
Made = dict[str, list[Any]]


def by_statements(world: World) -> Made:
    """The links in the oracle's form."""
    commits = [row[1:] for row in world.rows("change_commits")]
    known = [row[1:] for row in world.rows("deployment_commits")]
    steps = [
        (service, environment, repository, branch, deployment, sha, key, came, rewritten)
        for _, _, service, environment, repository, branch, deployment, _, sha, key, came, rewritten
        in world.rows("steps")
    ]  # fmt: skip
    links = [
        (change, service, environment, deployment, *rest)
        for _, change, _, service, environment, deployment, _, *rest in world.rows("change_links")
    ]
    changes = [row[1:] for row in world.rows("changes")]
    return _sorted(changes, commits, known, steps, links)


def by_oracle(world: World, parts: Sequence[Part]) -> Made:
    """The links of the oracle."""
    facts = Facts.of(world)
    commits = list(oracle.change_commits(facts))
    changes = list(oracle.changes(facts, commits))
    known = oracle_links.deployment_commits(facts)
    steps = oracle_links.steps(facts, known)
    links = oracle_links.change_links(facts, changes, steps, parts)
    return _sorted(
        [tuple(change.values()) for change in changes],
        commits,
        [(deployment, *each) for deployment, named in known.items() for each in named],
        [(*s.line, s.repository, s.branch, s.deployment.deployment_id, *s[4:]) for s in steps],
        list(oracle_links.with_times(facts, changes, links)),
    )


def _sorted(*tables: Sequence[Any]) -> Made:
    names = ("changes", "change_commits", "deployment_commits", "steps", "change_links")
    return {name: sorted(rows, key=repr) for name, rows in zip(names, tables, strict=True)}


def compare(database: Database, events: Sequence[CDEvent], parts: Sequence[Part]) -> None:
    """All five tables."""
    world = World(database, parts)
    world.tell(events)
    found, expected = by_statements(world), by_oracle(world, parts)
    for name in expected:
        assert found[name] == expected[name], name


some_parts = st.sampled_from([[], PARTS])


@given(events=histories() | strangers(), parts=some_parts)
@settings(max_examples=150, suppress_health_check=CALM)
def test_they_are_the_oracle_s(
    shared_database: Database, events: list[CDEvent], parts: list[Part]
) -> None:
    compare(shared_database, events, parts)


@pytest.mark.deep
@given(events=histories(30) | strangers(60), parts=some_parts)
@settings(max_examples=1500, suppress_health_check=CALM)
def test_they_are_the_oracle_s_in_longer_histories(
    shared_database: Database, events: list[CDEvent], parts: list[Part]
) -> None:
    compare(shared_database, events, parts)
