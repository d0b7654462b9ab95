"""Every stage there is, and which of them stands on which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streamgauge.errors import UnknownName
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections.derived import MadeOfFacts, standing, tiers_of
from streamgauge.projections.derived_tables import DerivedTables
from streamgauge.projections.facts import Facts
from streamgauge.projections.without_tables import WithoutTables
from streamgauge.routing.router import NAME as CDEVENTS
from streamgauge.routing.router import Router
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.stages.stage import Stage

__all__ = ["CDEVENTS", "Stages"]


class Stages:
    """The router, the projections, the derived facts and the metrics, each after what it reads.

    Who only looks needs no routing `table`; without one, the router routes nothing.
    """

    def __init__(
        self, database: Database, plugins: Plugins, table: RoutingTable | None = None
    ) -> None:
        settings: Settings = plugins.settings
        self.database = database
        self.router = Router(database, plugins, table or RoutingTable({}))
        self.facts = {
            name: Facts(database, projection, stop_on_error=name in settings.stop_on_error)
            for name, projection in sorted(plugins.projections.items())
        }
        self.derived = {
            item.name: self._made_of_facts(item, plugins)
            for item in standing(plugins.derived.values(), plugins.projections)
        }
        below: dict[str, Facts | DerivedTables] = {**self.facts, **self.derived}
        self.metrics = {
            name: self._made_of_facts(metric, plugins)
            for name, metric in sorted(plugins.metrics.items())
            if metric.projection in below
        }
        for stage in (*self.derived.values(), *self.metrics.values()):
            below[stage.source].readers.append(stage)
        self._all: dict[str, Stage] = {
            CDEVENTS: self.router,
            **self.facts,
            **self.derived,
            **self.metrics,
        }

    def _made_of_facts(self, item: MadeOfFacts, plugins: Plugins) -> DerivedTables:
        kind = DerivedTables if item.tables else WithoutTables
        return kind(self.database, item, tiers_of(item, plugins.projections, plugins.derived))

    def __iter__(self) -> Iterator[Stage]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def get(self, name: str) -> Stage:
        """The stage with this name. Raises UnknownName."""
        if name not in self._all:
            raise UnknownName("projection or metric", name, self._all)
        return self._all[name]

    def chain(self, name: str) -> Sequence[Stage]:
        """The stage and all that stand on it, each after what it reads. Raises UnknownName."""
        chain = [self.get(name)]
        for stage in self:
            if stage.source in {each.name for each in chain}:
                chain.append(stage)
        return chain
