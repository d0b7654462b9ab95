"""Given, when, then: for transformers without a database, for projections with one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge import CDEvent, cdevents
from streamgauge.projections import Projection
from streamgauge.projections.projection import Tables
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge.testing import App, event, projection, transformer

AT = datetime(2026, 3, 1, tzinfo=UTC)


def deployed(service: str, number: int = 1) -> CDEvent:
    return cdevents.service.deployed(
        id=f"{service}-{number}",
        source="/test",
        timestamp=AT,
        subject_id=service,
        environment="production",
        artifact_id="pkg:generic/x",
    )


class Landing:
    name = "landing"

    def transform(self, told: CloudEvent) -> list[CDEvent]:
        data: Any = told.get_data()
        if data == "broken":
            raise ValueError("the rocket is broken")
        return [deployed(name) for name in data]


class Counting:
    """Remembers, and says, how many came before."""

    name = "counting"

    def state_key(self, told: CloudEvent) -> str | None:
        return "all"

    def transform_with_state(self, told: CloudEvent, state: Any) -> tuple[Iterable[CDEvent], Any]:
        count = (state or {"count": 0})["count"] + 1
        return [deployed("shop", count)], {"count": count}


def test_what_is_named_must_be_so() -> None:
    landed = transformer(Landing()).when(event("x", ["shop", "pay"]))
    landed.then({"kind": "service.deployed", "subject": "shop"}, {"id": "pay-1"})
    with pytest.raises(AssertionError, match="CDEvent 1/subject is 'pay', and not 'market'"):
        landed.then({}, {"subject": "market"})
    with pytest.raises(AssertionError, match="1 CDEvents are wanted, and there are 2"):
        landed.then({})
    with pytest.raises(AssertionError, match="content/environment/id is 'production'"):
        landed.then({"content": {"environment": {"id": "test"}}}, {})


def test_nothing_and_parked() -> None:
    transformer(Landing()).when(event("x", [])).then_nothing()
    transformer(Landing()).when(event("x", "broken")).then_parked("the rocket is broken")
    with pytest.raises(AssertionError, match="nothing is parked"):
        transformer(Landing()).when(event("x", [])).then_parked()
    with pytest.raises(AssertionError, match="broken"):
        transformer(Landing()).when(event("x", "broken")).then_parked("another reason")


def test_what_came_before_is_remembered() -> None:
    events = [event("x") for _ in range(3)]
    transformer(Counting()).given(*events[:2]).when(events[2]).then({"id": "shop-3"})
    transformer(Counting()).when(events[2]).then({"id": "shop-1"})


class Services(Projection):
    name = "services_seen"
    version = 1
    event_kinds = frozenset({"service.deployed"})
    tables = ("services_seen",)
    schema = "create table {services_seen} (tenant text, service text, position bigint not null)"
    views: Mapping[str, str] = {"seen": "select distinct service from {services_seen}"}

    def apply(
        self, cursor: Cursor[TupleRow], tables: Tables, events: Sequence[RecordedCDEvent]
    ) -> None:
        for each in events:
            cursor.execute(
                b"insert into "
                + tables["services_seen"].as_bytes(cursor)
                + b" values (%s, %s, %s)",
                (each.tenant, each.event.subject_id, each.position),
            )


def test_a_projection_is_told_in_every_order(streamgauge_app: App) -> None:
    told = projection(Services(), streamgauge_app).given(deployed("shop")).when(deployed("pay"))
    told.then("seen", [("pay",), ("shop",)])
    with pytest.raises(AssertionError, match="as they came"):
        told.then("seen", [("pay",)])


class Last(Services):
    """Depends on the order, which the log does not promise."""

    def apply(
        self, cursor: Cursor[TupleRow], tables: Tables, events: Sequence[RecordedCDEvent]
    ) -> None:
        cursor.execute(b"delete from " + tables["services_seen"].as_bytes(cursor))
        super().apply(cursor, tables, events[-1:])


def test_a_projection_that_depends_on_the_order_is_found_out(streamgauge_app: App) -> None:
    told = projection(Last(), streamgauge_app).given(deployed("shop"), deployed("pay"))
    with pytest.raises(AssertionError, match="in another order"):
        told.then("seen", [("pay",)])
