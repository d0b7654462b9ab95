"""From any id down to the events, in one process: who knows it, what is there, what is not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Cursor

from streamgauge import CDEvent, CloudEvent, Event, cdevents, json_codec, new_event
from streamgauge.cdevents import in_cloudevent
from streamgauge.cloudevents import json_format
from streamgauge.errors import DatabaseUnavailable, UnknownId
from streamgauge.lineage import answer, lineage
from streamgauge.plugins import Plugin, Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.projections import Projection
from streamgauge.streams.cloudevents_log import CloudEventsLog, identity
from tests.conftest import fresh_database
from tests.helpers import (
    START,
    a_deployment,
    an_event,
    drain,
    process,
    processors,
    replay,
    start_over,
)
from tests.lineage.changes import CHANGE, CREATED, MERGED, REVIEWED, Changes

DEPLOYED = a_deployment(1)


class Deploys:
    """What an event's data says: deployments with these numbers, or a failure."""

    name = "deploys"
    broken = True

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        data: Any = event.get_data()
        if data == "bad" and self.broken:
            raise ValueError("it is bad\0")
        for number in data if isinstance(data, list) else (99,):
            yield a_deployment(number, custom_data={"nul": "\0"})


def raw(name: str, data: Any, *, type: str = "com.example.thing") -> Event:
    return new_event(
        id=name, source="/test", type=type, data=data, time="2026-01-05T10:00:00+01:00"
    )


def key_of(event: Event | CDEvent) -> str:
    return str(identity(event.source, event.id))


def with_ours(plugins: Plugins, projection: Projection | None = None) -> Plugins:
    """The installed plugins, with a toy projection of changes and a toy transformer."""
    mine = Plugins(plugins.settings)
    mine.transformers["deploys"] = (Deploys(), Plugin("test", "test", "7.1"))
    installed = mine.routes()
    mine.routes = lambda: {**installed, "com.example.*": ["deploys"]}  # type: ignore[method-assign]
    mine.projections["changes"] = projection or Changes()
    return mine


@pytest.fixture
def ours(plugins: Plugins) -> Plugins:
    return with_ours(plugins)


def ask(database: Database, plugins: Plugins, id: str) -> Any:
    return json.loads(json_codec.encode(lineage(database, plugins, "default", id)))


def ids(answer: Any) -> list[str]:
    return [event["cdevent"]["event_id"] for event in answer["events"]]


def test_a_deployment_leads_to_its_event_what_made_it_and_of_what(
    database: Database, ours: Plugins
) -> None:
    event = raw("e-1", [5])
    process(database, ours, [an_event(1, type="org.other"), event])
    deployment = a_deployment(5, custom_data={"nul": "\0"})
    (recorded_at,) = CloudEventsLog(database).append([event])  # it is there: nothing is new
    assert recorded_at.position == 2
    found = ask(database, ours, key_of(deployment))
    recorded = found["events"][0]["cloudevent"].pop("recorded_at")
    assert recorded.startswith("20")
    assert found == {
        "id": key_of(deployment),
        "what": ["cdevents", "delivery"],
        "events": [
            {
                "cdevent": {
                    "id": key_of(deployment),
                    "source": "/test",
                    "event_id": "deployment-5",
                    "type": deployment.type,
                    "subject": "shop",
                    "timestamp": "2026-01-05T14:00:00Z",
                    "position": 1,
                    "document": deployment.document,
                },
                "transformer": "deploys 7.1",
                "cloudevent": {
                    "id": key_of(event),
                    "source": "/test",
                    "event_id": "e-1",
                    "type": "com.example.thing",
                    "time": "2026-01-05T09:00:00Z",
                    "position": 2,
                    "document": json.loads(event.state),
                },
            }
        ],
        "dead_letters": [],
        "left_out": {},
        "truncated": False,
    }


def test_a_cloudevent_leads_to_all_cdevents_that_were_made_of_it(
    database: Database, ours: Plugins
) -> None:
    event = raw("two", [8, 3])
    process(database, ours, [raw("other", [1]), event, raw("another", [9])])
    found = ask(database, ours, key_of(event))
    assert (found["what"], ids(found)) == (["cloudevents"], ["deployment-3", "deployment-8"])
    assert {each["cloudevent"]["event_id"] for each in found["events"]} == {"two"}


def test_a_cdevent_that_was_sent_as_one_is_found_in_both_logs(
    database: Database, ours: Plugins
) -> None:
    event = in_cloudevent(DEPLOYED)
    process(database, ours, [event])
    found = ask(database, ours, key_of(event))
    assert found["what"] == ["cloudevents", "cdevents", "delivery"]
    assert [each["transformer"].split()[0] for each in found["events"]] == ["cdevents"]


def test_a_change_is_made_of_its_events_by_time_and_id_in_any_case(
    database: Database, ours: Plugins
) -> None:
    process(database, ours, map(in_cloudevent, (MERGED, DEPLOYED, CREATED, REVIEWED)))
    found = ask(database, ours, CHANGE)
    assert (found["what"], ids(found)) == (["changes", "delivery"], ["0", "1", "2"])
    assert [each["cdevent"]["position"] for each in found["events"]] == [3, 4, 1]
    upper = ask(database, ours, key_of(DEPLOYED).upper())
    assert (upper["what"], ids(upper)) == (
        ["cloudevents", "cdevents", "delivery"],
        ["deployment-1"],
    )


def test_of_two_at_one_time_the_lower_id_is_first(database: Database, ours: Plugins) -> None:
    same = [
        cdevents.change.merged(id=f"{n}", source="/git", timestamp=START, subject_id=CHANGE)
        for n in range(6)
    ]
    process(database, ours, map(in_cloudevent, same))
    keys = [each["cdevent"]["id"] for each in ask(database, ours, CHANGE)["events"]]
    assert keys == sorted(map(key_of, same))


def test_what_failed_is_said_until_it_is_done(database: Database, plugins: Plugins) -> None:
    mine = with_ours(plugins)
    event = raw("bad", "bad")
    process(database, mine, [event])
    letter = {
        "log": "cloudevents",
        "position": 1,
        "handler": "deploys",
        "handler_version": "7.1",
        "state": "parked",
        "reason": "ValueError: it is bad\\0",
    }
    found = ask(database, mine, key_of(event))
    (barren,) = found["events"]
    assert (barren["cdevent"], barren["transformer"]) == (None, None)
    assert (barren["cloudevent"]["event_id"], found["dead_letters"]) == ("bad", [letter])
    assert "failed" in barren["reason"]

    with database.transaction() as cursor:
        dead_letters.skip(cursor, dead_letters.listed(cursor))
    assert ask(database, mine, key_of(event))["dead_letters"] == [{**letter, "state": "skipped"}]

    mine.transformers["deploys"][0].broken = False  # type: ignore[union-attr]
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor, states=("skipped",)))
    drain(*processors(database, mine))
    found = ask(database, mine, key_of(event))
    assert (ids(found), found["dead_letters"]) == (["deployment-99"], [])


def test_what_a_projection_could_not_fold_is_said_too(database: Database, plugins: Plugins) -> None:
    projection = Changes()
    projection.refuses = REVIEWED.id
    mine = with_ours(plugins, projection)
    process(database, mine, map(in_cloudevent, (CREATED, REVIEWED)))
    found = ask(database, mine, key_of(REVIEWED))
    assert found["what"] == ["cloudevents", "cdevents"]
    (letter,) = found["dead_letters"]
    assert (letter["log"], letter["position"], letter["handler"]) == ("cdevents", 2, "changes")
    assert letter["reason"] == "ValueError: not 1"
    # The facts have taken it: of the change it is said too that another could not.
    of_change = ask(database, mine, CHANGE)
    assert (of_change["what"], ids(of_change)) == (["changes", "delivery"], ["0", "1"])
    assert of_change["dead_letters"] == [letter]


def test_a_cloudevent_that_gave_nothing_says_why(database: Database, ours: Plugins) -> None:
    first, again, unrouted = raw("a", [4]), raw("b", [4]), an_event(1, type="org.other")
    process(database, ours, [first, again, unrouted])
    late = raw("late", [6])
    CloudEventsLog(database).append([late])
    reasons = [
        each["reason"]
        for event in (again, unrouted, late)
        for each in ask(database, ours, key_of(event))["events"]
    ]
    nothing_new = "no transformer makes a CDEvent of it that was not in the log already"
    assert reasons == [nothing_new, nothing_new, "the router has not come to it yet"]
    assert "reason" not in ask(database, ours, key_of(first))["events"][0]


def test_replays_change_no_byte(database: Database, ours: Plugins) -> None:
    events = [in_cloudevent(e) for e in (MERGED, DEPLOYED, CREATED)]
    process(database, ours, [*events, raw("two", [8, 3]), raw("bad", "bad")])
    asked = [CHANGE, key_of(DEPLOYED), key_of(raw("two", 0)), key_of(raw("bad", 0))]

    def answers() -> list[bytes]:
        return [json_codec.encode(lineage(database, ours, "default", each)) for each in asked]

    before = answers()
    assert b"it is bad" in before[-1]
    for name, action in (("changes", "replay"), ("cdevents", "replay"), ("cdevents", "rollback")):
        replay(database, ours, name, action)  # type: ignore[arg-type]
        assert answers() == before


def test_an_answer_has_so_many_events_those_that_were_recorded_first(
    database: Database, ours: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    process(database, ours, map(in_cloudevent, (MERGED, CREATED, REVIEWED)))
    monkeypatch.setattr(answer, "MOST_EVENTS", 3)
    whole = ask(database, ours, CHANGE)
    assert (ids(whole), whole["truncated"]) == (["0", "1", "2"], False)
    monkeypatch.setattr(answer, "MOST_EVENTS", 2)
    cut = ask(database, ours, CHANGE)
    assert (ids(cut), cut["truncated"]) == (["0", "2"], True)


def test_an_answer_has_so_many_bytes_but_one_event(
    database: Database, ours: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [in_cloudevent(e) for e in (MERGED, CREATED, REVIEWED)]
    process(database, ours, events)
    size = sum(
        len(json_codec.encode(document)) + len(event.state)
        for document, event in zip((MERGED.document, CREATED.document), events, strict=False)
    )
    for most, expected in ((1, ["2"]), (size, ["0", "2"]), (size + 1, ["0", "1", "2"])):
        monkeypatch.setattr(answer, "MOST_BYTES", most)
        found = ask(database, ours, CHANGE)
        assert (ids(found), found["truncated"]) == (expected, len(expected) < 3)


def by_zero(cursor: Cursor[Any]) -> None:
    cursor.execute("select 1 / 0")


def of_its_own(cursor: Cursor[Any]) -> None:
    raise LookupError("mine\0")


def test_a_projection_that_cannot_be_asked_is_named_and_spoils_nothing(
    database: Database, plugins: Plugins
) -> None:
    projection = Changes()
    mine = with_ours(plugins, projection)
    CloudEventsLog(database).append([in_cloudevent(DEPLOYED)])
    assert ask(database, mine, key_of(in_cloudevent(DEPLOYED)))["left_out"] == dict.fromkeys(
        ("changes", "delivery"), "it has no tables yet; is a worker running?"
    )
    drain(*processors(database, mine))
    for trouble in (by_zero, of_its_own):
        projection.trouble = trouble  # type: ignore[method-assign]
        found = ask(database, mine, key_of(DEPLOYED))
        assert found["what"] == ["cloudevents", "cdevents", "delivery"]
        assert found["left_out"]["changes"].startswith(("DivisionByZero: ", "LookupError: mine\\0"))
    with pytest.raises(UnknownId, match="changes was not asked: LookupError"):
        lineage(database, mine, "default", CHANGE)

    projection.version = 2
    assert ask(database, mine, key_of(DEPLOYED))["left_out"] == {
        "changes": "its tables wait for a replay"
    }


def test_facts_that_were_left_out_of_a_replay_are_not_asked(
    database: Database, ours: Plugins, plugins: Plugins
) -> None:
    process(database, ours, [in_cloudevent(CREATED)])
    replay(database, plugins, "cdevents")  # where nobody knows the projection of changes
    found = ask(database, ours, key_of(CREATED))
    assert (ids(found), found["left_out"]) == (["0"], {"changes": "its tables wait for a replay"})


@pytest.mark.parametrize("times", [3, 5])
def test_tables_that_a_replay_drops_meanwhile_are_asked_for_anew(
    database: Database, plugins: Plugins, times: int
) -> None:
    projection, dropped = Changes(), iter(range(times))

    def drop(cursor: Cursor[Any]) -> None:
        if next(dropped, None) is not None:
            cursor.execute("select from dropped_by_a_replay")

    projection.trouble = drop  # type: ignore[method-assign]
    mine = with_ours(plugins, projection)
    process(database, mine, [in_cloudevent(CREATED)])
    if times == 3:
        assert ids(ask(database, mine, CHANGE)) == ["0"]
    else:
        with pytest.raises(DatabaseUnavailable, match="are being replaced"):
            lineage(database, mine, "default", CHANGE)


def test_an_organisation_knows_its_own_events_only(database: Database, ours: Plugins) -> None:
    log = CloudEventsLog(database)
    log.append([raw("bad", "bad"), in_cloudevent(CREATED), raw("e", [1])], tenant="theirs")
    drain(*processors(database, ours))
    asked = [CHANGE, *map(key_of, (CREATED, DEPLOYED, raw("bad", 0), raw("e", 0)))]
    for each in asked:
        assert lineage(database, ours, "theirs", each)["what"]
        with pytest.raises(UnknownId):
            lineage(database, ours, "default", each)


def test_an_event_is_shown_to_the_byte(database: Database, ours: Plugins) -> None:
    state = (
        b'{ "specversion":"1.0",\r\n "id":"\\u0041", "source":"/%C3%BC", "type":"com.example.x",'
        b'"subject":"\xc3\xbc", "time":null,'
        b'"data": {"nul": "\\u0000", "n": 1.50, "data": [12345678901234567890]} }'
    )
    process(database, ours, [json_format.parse(state)])
    found = lineage(database, ours, "default", str(identity("/%C3%BC", "A")))
    (event,) = found["events"]
    assert bytes(event["cloudevent"]["document"]) == state
    assert (event["cloudevent"]["event_id"], event["cloudevent"]["time"]) == ("A", None)
    assert b'"nul":"\\u0000"' in bytes(event["cdevent"]["document"])


@pytest.fixture(scope="module")
def shared(server_url: str) -> Iterator[Database]:
    """One database for many examples."""
    with fresh_database(server_url) as url, Database(url, role="test") as database:
        yield database


@contextmanager
def unknown() -> Iterator[None]:
    with pytest.raises(UnknownId) as refused:
        yield
    assert refused.value.known == ["changes", "delivery"]
    str(refused.value).encode()
    assert len(str(refused.value)) < 3000


UNKNOWN = "6f1c2f6e-9f3a-4f0e-8d52-0c1a3b5d7e9f"


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(st.characters()), st.uuids().map(str), st.uuids().map(lambda u: u.hex)))
def test_no_text_breaks_it(shared: Database, plugins: Plugins, id: str) -> None:
    mine = with_ours(plugins)
    drain(*processors(shared, mine))
    with unknown():
        lineage(shared, mine, "default", id)


@pytest.mark.parametrize(
    "id", ["", "\0", "a\0b", "\ud800", "%00", "'", "x" * 100_000, UNKNOWN, "{" + UNKNOWN]
)
def test_an_unknown_id_is_told_which_are_taken(shared: Database, plugins: Plugins, id: str) -> None:
    mine = with_ours(plugins)
    drain(*processors(shared, mine))
    with unknown():
        lineage(shared, mine, "default", id)


ALL = [
    cdevents.change.merged(
        id=f"{n}", source="/git", timestamp=START + timedelta(minutes=n // 3), subject_id=CHANGE
    )
    for n in range(9)
]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_order_of_arrival_repetitions_and_batches_change_nothing(
    shared: Database, plugins: Plugins, data: st.DataObject
) -> None:
    mine = with_ours(plugins)
    start_over(shared)
    sent = data.draw(st.permutations(ALL)) + data.draw(st.lists(st.sampled_from(ALL), max_size=5))
    size = data.draw(st.integers(1, len(sent)))
    for first in range(0, len(sent), size):
        process(shared, mine, map(in_cloudevent, sent[first : first + size]))
    found = ask(shared, mine, CHANGE)
    keys = [each["cdevent"]["id"] for each in found["events"]]
    assert keys == [key_of(e) for e in sorted(ALL, key=lambda e: (e.timestamp, key_of(e)))]
