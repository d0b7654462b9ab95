"""Derived facts: changes, and which of them is in which deployment."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.projections import Changed, DerivedFacts, Tables
from streamgauge.stages.builds import Definition
from streamgauge_dora.linking.making import TABLES, Making
from streamgauge_dora.linking.parts import Part, Parts
from streamgauge_dora.lists import LISTS


class Links(DerivedFacts):
    """Changes, the commits of deployments, and the first deployment of each change.

    Made by SQL of the facts that may have changed; what is made does not depend on in how many
    steps, or in which order, the facts have come.
    """

    name = "links"
    projection = "delivery"
    version = 3
    tables: Sequence[str] = (*TABLES, "moves")
    schema = files(__package__).joinpath("sql/schema.sql").read_text("utf-8")
    indexes = files(__package__).joinpath("sql/indexes.sql").read_text("utf-8")

    lists = LISTS

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def definition(self) -> Definition:
        """Which parts are which service's: another mapping makes the links anew."""
        return {"parts": [part._asdict() for part in self._parts]}

    def refresh(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        changed: Changed | None,
        definition: Definition,
    ) -> None:
        """Make anew what the changed facts may have changed."""
        making = Making(cursor, tables, [Part(**part) for part in definition.get("parts", ())])
        if changed is None:
            making.all()
        else:
            making.some(changed)
