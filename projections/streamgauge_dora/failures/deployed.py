"""A deployment as failures and remedies name it, and one that mends another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from streamgauge_dora.asking.items import CURRENT, PREVIOUS
from streamgauge_dora.asking.scope import Scope

COLUMNS: Final = (
    "tenant, deployment_id, service, environment, finished_at, kind, repository, production"
)


ATTEMPT: Final = "attempt"
"""The kind of one that failed while it was made."""


Key = tuple[str, UUID]
"""The tenant and the deployment's id."""


class Deployed(NamedTuple):
    """A deployment: a successful one, or an attempt."""

    tenant: str
    deployment_id: UUID
    service: str
    environment: str | None
    finished_at: datetime
    kind: str
    repository: str | None
    production: bool | None

    @property
    def key(self) -> Key:
        """What tells it from all others: two tenants may have heard of one and the same."""
        return (self.tenant, self.deployment_id)


class Remedy(NamedTuple):
    """A deployment, what it mends, and how that is known."""

    deployment: Deployed
    failed: Deployed | None
    """None where that cannot be told."""
    rule: str
    change: str | None
    """The change that says so."""
    merged_at: datetime | None = None
    """When that was merged."""


def columns(alias: str) -> str:
    """The columns of a `Deployed` in a statement."""
    return ", ".join(f"{alias}.{name}" for name in COLUMNS.split(", "))


class Place(NamedTuple):
    """Where in a question an item falls."""

    span: int
    day: date
    dimensions: Sequence[str | None]


def place(
    scope: Scope, at: datetime, *, anywhere: bool = False, **dimensions: str | None
) -> Place | None:
    """Where an item of that moment falls; None if it is outside of the question. `anywhere`: of
    whatever tier it is."""
    query = scope.query
    if not scope.since <= at < query.end or not scope.accepts(dimensions, anywhere=anywhere):
        return None
    return Place(
        CURRENT if at >= query.start else PREVIOUS,
        at.astimezone(query.tz).date(),
        [dimensions.get(name) for name in scope.dimensions],
    )
