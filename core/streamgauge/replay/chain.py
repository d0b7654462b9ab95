"""Every stage there is, and which of them stands on which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streamgauge.errors import UnknownName
from streamgauge.metrics.tables import MetricTables
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections.facts import Facts
from streamgauge.routing.router import NAME as CDEVENTS
from streamgauge.routing.router import Router
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.stages.stage import Stage

__all__ = ["CDEVENTS", "Stages"]


class Stages:
    """The router, the projections and the metrics, each after what it reads.

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
        self.metrics = {
            name: MetricTables(database, metric, plugins.projections[metric.projection])
            for name, metric in sorted(plugins.metrics.items())
            if metric.projection in plugins.projections
        }
        for metric in self.metrics.values():
            self.facts[metric.source].readers.append(metric)
        self._all: dict[str, Stage] = {CDEVENTS: self.router, **self.facts, **self.metrics}

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
