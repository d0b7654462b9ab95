"""The facts of a world, as the oracle reads them: rows with names."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from streamgauge_dora.facts import artifacts, changes, commits, deployments, given
from streamgauge_dora.facts.table import FactTable
from tests.dora.world import World

Row = Any
"""A named tuple with the columns of its table."""


@dataclass(frozen=True)
class Facts:
    """The facts of one tenant that links are made of."""

    deployments: Sequence[Row]
    deployed_commits: Sequence[Row]
    change_events: Sequence[Row]
    commits: Sequence[Row]
    artifact_events: Sequence[Row]
    given_links: Sequence[Row]

    @classmethod
    def of(cls, world: World, tenant: str = "default") -> Facts:
        tables = (
            deployments.TABLE, deployments.COMMITS, changes.TABLE, commits.TABLE,
            artifacts.TABLE, given.TABLE,
        )  # fmt: skip
        return cls(**{table.name: _rows(world, table, tenant) for table in tables})


def _rows(world: World, table: FactTable, tenant: str) -> list[Row]:
    kind = namedtuple(table.name, [name for name, _, _ in table.fields])  # type: ignore[misc]
    found = [kind(*row) for row in world.rows(table.name)]
    return [row for row in found if row.tenant == tenant]
