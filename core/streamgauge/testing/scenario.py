"""Given some events, when others come, then this comes of them.

::

    transformer(Rocket()).given(started).when(landed).then({"kind": "service.deployed"})
    projection(Removals(), app).given(deployed).when(removed).then("removals", [("shop",)])
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from streamgauge.cdevents import CDEvent, kind_of
from streamgauge.cdevents.comparing import difference, summary
from streamgauge.cloudevents import Event, new_event
from streamgauge.hookspecs import StatefulTransformer, Transformer
from streamgauge.plugins import Plugin, Plugins
from streamgauge.projections import Projection
from streamgauge.routing.offline import NotTransformed, Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.testing.app import App

ORDERS = 5
"""In how many other orders a projection is told its events."""


def event(type: str, data: Any = None, **attributes: Any) -> Event:  # noqa: A002
    """A CloudEvent; id and source are made up where they are not given."""
    named = {"id": f"test-{random.getrandbits(64):016x}", "source": "/test", **attributes}
    return new_event(type=type, data=data, **named)


@dataclass(frozen=True, slots=True)
class TransformerScenario:
    """What was, and what comes."""

    transformer: Transformer | StatefulTransformer
    before: tuple[Event, ...] = ()
    now: tuple[Event, ...] = ()

    def given(self, *events: Event) -> TransformerScenario:
        """Events that came earlier, for a transformer that remembers."""
        return replace(self, before=(*self.before, *events))

    def when(self, *events: Event) -> TransformerScenario:
        """The events whose CDEvents are looked at."""
        return replace(self, now=(*self.now, *events))

    def then(self, *wanted: Mapping[str, Any]) -> list[CDEvent]:
        """The CDEvents are as many, and each has the members that are named: `kind`, `id`,
        `source`, `subject`, `time` (RFC 3339), and of `content` and `customData` those named.

        Gives the CDEvents, to look at what else they have.
        """
        made = self._run()
        assert len(made) == len(wanted), (
            f"{len(wanted)} CDEvents are wanted, and there are {len(made)}: "
            f"{[kind_of(each.type) or each.type for each in made]}"
        )
        for place, (each, want) in enumerate(zip(made, wanted, strict=True)):
            fault = difference(summary(each), want, f"CDEvent {place}")
            assert fault is None, fault
        return made

    def then_nothing(self) -> None:
        """The events mean nothing."""
        self.then()

    def then_parked(self, reason: str = "") -> None:
        """The event becomes a dead letter whose reason holds this text."""
        try:
            made = self._run()
        except NotTransformed as error:
            assert reason in error.failure.reason, error.failure.reason
        else:
            raise AssertionError(f"nothing is parked; there are {len(made)} CDEvents")

    def _run(self) -> list[CDEvent]:
        plugins = Plugins(Settings.load({}), found=[])
        plugins.transformers = {
            self.transformer.name: (self.transformer, Plugin("test", "test", "0"))
        }
        kinds = {each.type for each in (*self.before, *self.now)}
        offline = Offline(plugins, RoutingTable({kind: [self.transformer.name] for kind in kinds}))
        offline.cdevents(self.before)
        return offline.cdevents(self.now)


@dataclass(frozen=True, slots=True)
class ProjectionScenario:
    """CDEvents, and the tables that they are folded into."""

    projection: Projection
    app: App
    events: tuple[CDEvent, ...] = field(default=())

    def given(self, *events: CDEvent) -> ProjectionScenario:
        """CDEvents, in the order in which they come."""
        return replace(self, events=(*self.events, *events))

    when = given

    def then(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """The query, a view's name or a SELECT over ``{table}``, gives these rows in any order.

        So it does when the events come twice, one by one, and in other orders: the tables are a
        function of the set of events.
        """
        wanted = sorted(map(repr, map(tuple, rows)))
        for told, order in self._orders():
            found = sorted(map(repr, self.app.folded(self.projection, order, query)))
            assert found == wanted, f"{told}:\nthere is {found}\nwanted is {wanted}"

    def _orders(self) -> Iterable[tuple[str, Sequence[CDEvent]]]:
        yield "as they came", self.events
        yield "each twice", [each for each in self.events for _ in range(2)]
        yield "all of them again", [*self.events, *self.events]
        for seed in range(ORDERS):
            shuffled = list(self.events)
            random.Random(seed).shuffle(shuffled)  # noqa: S311
            yield f"in another order ({seed})", shuffled


def transformer(tested: Transformer | StatefulTransformer) -> TransformerScenario:
    """A scenario of a transformer; no database is needed."""
    return TransformerScenario(tested)


def projection(tested: Projection, app: App) -> ProjectionScenario:
    """A scenario of a projection, in the database of `app`."""
    return ProjectionScenario(tested, app)
