"""A table of facts: its columns are written once, for its SQL and for COPY."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streamgauge.projections.rows import Column


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table whose rows each stem from one CDEvent."""

    name: str
    fields: Sequence[tuple[str, str, bool]]
    """Name, Postgres type, and whether every row has it."""
    indexes: str

    @property
    def columns(self) -> list[Column]:
        """Names and types, for COPY. A UUID is given as its bytes, which it is in COPY too: to make
        objects of them takes long."""
        return [(name, "bytea" if kind == "uuid" else kind) for name, kind, _ in self.fields]

    @property
    def schema(self) -> str:
        """The SQL that creates it."""
        lines = ", ".join(
            f"{n} {kind}{' not null' if needed else ''}" for n, kind, needed in self.fields
        )
        return f"create table {{{self.name}}} ({lines});"
