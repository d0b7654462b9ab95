"""The router: exactly once, dead letters, state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from streamgauge import CDEvent, CloudEvent, cdevents, new_event
from streamgauge.cdevents import in_cloudevent
from streamgauge.hookspecs import State
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.routing.router import Router, _Page
from streamgauge.routing.states import States
from streamgauge.routing.table import RoutingTable
from streamgauge.stages import builds
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.positions import PositionMoved
from tests.helpers import a_deployment, an_event, drain, plugins_with, rows


class Deploys:
    """Every event is a deployment; the number 13 is too much for it."""

    name = "deploys"
    broken = True

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        data: Any = event.get_data()
        if data["number"] == 13 and self.broken:
            raise ValueError("thirteen\0 is \udc80 too much")
        return [a_deployment(data["number"])]


class Counts:
    """Remembers how many events of one parity it has seen."""

    name = "counts"

    def state_key(self, event: CloudEvent) -> str | None:
        data: Any = event.get_data()
        return f"parity {data['number'] % 2}" if data["number"] < 100 else None

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        data: Any = event.get_data()
        if data["number"] == 99:
            return [], None
        seen = (state or {"seen": 0})["seen"] + 1
        events = [a_deployment(1000 * (data["number"] % 2 + 1) + seen)]
        if data["number"] == 13:
            events.append(CDEvent({"not": "a CDEvent"}))
        return events, {"seen": seen}


def router(
    database: Database,
    transformers: Sequence[Any],
    routes: Mapping[str, Sequence[str]] | None = None,
    settings: Mapping[str, str] | None = None,
    **more: Any,
) -> Router:
    table = RoutingTable(routes or {"com.example.*": [t.name for t in transformers]})
    plugins = plugins_with(transformers=transformers, settings=settings)
    return Router(database, plugins, table, **more)


def subjects(database: Database) -> list[tuple[Any, ...]]:
    return rows(database, "select cd_id from cdevents_raw order by event_id")


def test_every_event_is_routed_once_and_knows_its_cause(database: Database) -> None:
    appended = CloudEventsLog(database).append([an_event(n) for n in range(10)])
    it = router(database, [Deploys()], page_size=3)
    drain(it)
    assert rows(database, "select cause, transformer from cdevents_raw order by event_id") == [
        (a.position, "deploys 1.0") for a in appended
    ]
    assert not it.step()
    assert len(subjects(database)) == 10


def test_events_without_a_route_are_passed(database: Database) -> None:
    CloudEventsLog(database).append([an_event(1, type="org.other"), an_event(2)])
    it = router(database, [Deploys()])
    drain(it)
    assert subjects(database) == [("deployment-2",)]


def test_two_occurrences_of_one_id_count_once(database: Database) -> None:
    log = CloudEventsLog(database)
    log.append([new_event(id=i, source="/t", type="com.example", data={"number": 7}) for i in "ab"])
    drain(router(database, [Deploys()], {"com.example": ["deploys"]}))
    assert subjects(database) == [("deployment-7",)]


def test_a_failing_transformer_parks_the_event_and_the_log_goes_on(database: Database) -> None:
    CloudEventsLog(database).append([an_event(n) for n in (12, 13, 14)])
    drain(router(database, [Deploys()]))
    assert subjects(database) == [("deployment-12",), ("deployment-14",)]
    with database.transaction() as cursor:
        (letter,) = dead_letters.listed(cursor)
    assert letter.reason == "ValueError: thirteen\\0 is \\udc80 too much"
    assert (letter.handler, letter.handler_version, letter.event_id) == (
        "deploys",
        "1.0",
        "event-13",
    )


def test_a_dead_letter_is_retried_on_request_and_then_done(database: Database) -> None:
    CloudEventsLog(database).append([an_event(13)])
    transformer = Deploys()
    it = router(database, [transformer])
    drain(it)
    for broken, state, attempts in ((True, "parked", 2), (False, "done", 3)):
        transformer.broken = broken
        with database.transaction() as cursor:
            dead_letters.request_retry(cursor, dead_letters.listed(cursor))
        drain(it)
        assert rows(database, "select state, attempts from dead_letters") == [(state, attempts)]
    assert subjects(database) == [("deployment-13",)]


def test_one_transformers_failure_is_not_anothers(database: Database) -> None:
    CloudEventsLog(database).append([an_event(13)])
    drain(router(database, [Deploys(), Counts()]))
    with database.transaction() as cursor:
        letters = dead_letters.listed(cursor)
    assert {letter.handler for letter in letters} == {"deploys", "counts"}
    CloudEventsLog(database).append([an_event(15)])
    drain(router(database, [Deploys(), Counts()]))
    assert subjects(database) == [("deployment-15",), ("deployment-2001",)]


@pytest.mark.parametrize("page_size", [1, 2, 1000])
def test_state_follows_the_log_whatever_the_pages(database: Database, page_size: int) -> None:
    CloudEventsLog(database).append([an_event(n) for n in (0, 1, 2, 3, 4, 100)])
    drain(router(database, [Counts()], page_size=page_size))
    assert subjects(database) == [(f"deployment-{n}",) for n in (1001, 2001, 1002, 2002, 1003)]
    assert rows(database, "select key, state::text from transformer_states order by key") == [
        ("parity 0", '{"seen":3}'),
        ("parity 1", '{"seen":2}'),
    ]


def test_state_is_forgotten_on_request(database: Database) -> None:
    CloudEventsLog(database).append([an_event(n) for n in (1, 99, 3)])
    drain(router(database, [Counts()], page_size=1))
    assert rows(database, "select state::text from transformer_states") == [('{"seen":1}',)]


def test_a_failure_leaves_no_state_and_no_event(database: Database) -> None:
    CloudEventsLog(database).append([an_event(13)])
    drain(router(database, [Counts()]))
    assert rows(database, "select * from transformer_states") == []
    assert subjects(database) == []


class _Rubbish:
    name = "rubbish"

    def __init__(self, value: Any) -> None:
        self.value = value

    def transform(self, event: CloudEvent) -> Any:
        return self.value


@pytest.mark.parametrize(
    "value", [None, 7, ["text"], [None], [CDEvent({})], [CDEvent({"context": {"type": "x"}})]]
)
def test_rubbish_is_parked(database: Database, value: Any) -> None:
    CloudEventsLog(database).append([an_event(1)])
    drain(router(database, [_Rubbish(value)]))
    assert rows(database, "select count(*) from dead_letters") == [(1,)]


def test_an_event_without_time_happens_when_it_was_accepted(database: Database) -> None:
    seen: list[CloudEvent] = []

    class Looks:
        name = "looks"

        def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
            seen.append(event)
            return []

    CloudEventsLog(database).append([an_event(1), an_event(2, time="2026-01-01T00:00:00.5+01:00")])
    ((recorded_at,), _) = rows(database, "select recorded_at from cloudevents_events")
    drain(router(database, [Looks()]))
    without, with_time = seen
    assert without.get_time() == recorded_at
    assert without.get_extension("inferredtime") is True
    assert with_time.get_time() == datetime(2025, 12, 31, 23, 0, 0, 500_000, tzinfo=UTC)
    assert with_time.get_extension("inferredtime") is None


def test_a_holder_that_lost_its_lease_writes_nothing(database: Database) -> None:
    CloudEventsLog(database).append([an_event(n) for n in range(4)])
    late = router(database, [Deploys()], page_size=2)
    with database.transaction() as cursor:
        build = builds.current(cursor, "cdevents")
    drain(router(database, [Deploys()]))
    with pytest.raises(PositionMoved):
        late._route(build, _Page(0, 2, [], States({})))
    assert len(subjects(database)) == 4


def test_native_cdevents_pass_unchanged_and_invalid_ones_are_parked(
    database: Database, plugins: Plugins
) -> None:
    good = a_deployment(1)
    bad = CDEvent({**good.document, "subject": {"id": "x"}})
    bad_event = in_cloudevent(bad)
    log = CloudEventsLog(database)
    log.append([in_cloudevent(good), type(bad_event)("/test", "bad", bad.type, bad_event.state)])
    drain(Router(database, plugins, RoutingTable(plugins.routes())))
    assert rows(database, "select content::jsonb from cdevents_raw") == [(good.document,)]
    assert rows(database, "select handler from dead_letters") == [("cdevents",)]


def test_the_newest_cdevents_release_is_what_new_makes() -> None:
    assert cdevents.validate(a_deployment(1).document).specversion == "0.5.1"
