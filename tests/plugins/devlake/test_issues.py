"""Issues: what has changed since the last call, and what a call to close means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent, Event
from streamgauge.timestamps import format_rfc3339

from .samples import ACCEPTED, CONNECTION, NAMED, PROJECT, closed, issue, received, transformed

CREATED = datetime(2026, 3, 2, 8, tzinfo=UTC)


def say(payload: dict[str, Any]) -> Event:
    return received(f"{CONNECTION}/issues", payload)


def close(key: str = "DLK-1234") -> Event:
    return received(f"{CONNECTION}/issue/{key}/close", {})


def told(*events: Event) -> list[tuple[str, str]]:
    """Kind and time of what comes of the calls, in their order."""
    return [
        (
            event.type.removeprefix("dev.cdevents.").rpartition(".")[0].rsplit(".", 2)[0],
            "accepted" if event.timestamp == ACCEPTED else format_rfc3339(event.timestamp)[8:16],
        )
        for event in transformed(events)
    ]


def test_a_call_to_close_resolves_an_incident_now() -> None:
    made = transformed([say(issue()), close()])
    assert told(say(issue()), close()) == [
        ("incident.detected", "02T08:00"),
        ("incident.resolved", "accepted"),
    ]
    assert made[1].custom_data == {"timestampInferred": True}
    assert made[0].subject_id == made[1].subject_id == "devlake:1:DLK-1234"


def test_a_call_to_close_closes_a_ticket() -> None:
    [_, ended] = transformed([say(issue(type="BUG", url="https://dlk.example/1")), close()])
    assert ended.type.startswith("dev.cdevents.ticket.closed.")
    assert ended.content == {"uri": "https://dlk.example/1", "resolution": "completed"}


def test_closing_what_is_closed_or_unknown_means_nothing() -> None:
    assert told(close()) == []
    assert told(say(issue()), close("DLK-1")) == [("incident.detected", "02T08:00")]
    assert len(told(say(issue()), close(), close(), close())) == 2
    assert len(told(say(closed()), close())) == 2


def test_an_incident_is_done_by_the_next_call_about_it() -> None:
    assert told(say(issue()), say(closed())) == [
        ("incident.detected", "02T08:00"),
        ("incident.resolved", "02T10:00"),
    ]


@pytest.mark.parametrize(
    ("dates", "at"),
    [
        ({"resolutionDate": "2026-03-02T10:00:00Z"}, "02T10:00"),
        ({"resolutionDate": "0001-01-01T00:00:00Z"}, "02T09:00"),
        ({}, "02T09:00"),
        ({"updatedDate": None}, "accepted"),
    ],
)
def test_it_is_over_when_the_call_says_it_is(dates: dict[str, Any], at: str) -> None:
    assert told(say(issue(status="DONE", **dates)))[1] == ("incident.resolved", at)


def test_what_is_said_again_of_an_incident_is_nothing_new() -> None:
    again = [say(issue(title="worse")), say(issue(status="IN_PROGRESS", updatedDate=None))]
    assert told(say(issue()), *again) == [("incident.detected", "02T08:00")]


def test_an_incident_is_opened_again() -> None:
    reopened = say(issue(updatedDate="2026-03-03T09:00:00Z"))
    assert told(say(issue()), close(), reopened, close()) == [
        ("incident.detected", "02T08:00"),
        ("incident.resolved", "accepted"),
        ("incident.detected", "03T09:00"),
        ("incident.resolved", "accepted"),
    ]
    ids = [event.id for event in transformed([say(issue()), close(), reopened, close()])]
    assert len(set(ids)) == 4


def test_a_key_that_is_used_for_the_next_incident() -> None:
    second = closed(createdDate="2026-03-02T09:30:00Z")
    assert told(say(issue()), close(), say(second))[2:] == [
        ("incident.detected", "02T09:30"),
        ("incident.resolved", "02T10:00"),
    ]


def test_the_right_time_may_be_told_after_a_call_to_close() -> None:
    assert told(say(issue()), close(), say(closed()))[2:] == [("incident.resolved", "02T10:00")]


def test_what_turns_out_to_be_no_incident_is_taken_back() -> None:
    made = transformed([say(issue()), say(issue(type="BUG", updatedDate="2026-03-02T09:30:00Z"))])
    kinds = [event.type.split(".")[2:4] for event in made]
    assert kinds == [["incident", "detected"], ["incident", "resolved"], ["ticket", "created"]]
    assert made[1].custom_data["retracted"] is True
    done = transformed([say(closed()), say(closed(type="BUG", updatedDate="2026-03-02T10:00:00Z"))])
    assert len({event.id for event in done if "incident.resolved" in event.type}) == 2


def test_what_turns_out_to_be_an_incident_was_one_from_the_start() -> None:
    assert told(say(issue(type="BUG")), say(issue()))[1] == ("incident.detected", "02T08:00")


def test_a_ticket_is_created_updated_closed() -> None:
    ticket = {"type": "TASK"}
    assert told(
        say(issue(**ticket)),
        say(issue(**ticket, title="other", updatedDate="2026-03-02T09:15:00Z")),
        say(closed(**ticket)),
        say(issue(**ticket, updatedDate="2026-03-02T11:00:00Z")),
    ) == [
        ("ticket.created", "02T08:00"),
        ("ticket.updated", "02T09:15"),
        ("ticket.closed", "02T10:00"),
        ("ticket.updated", "02T11:00"),
    ]


def test_one_key_of_two_connections_is_two_issues() -> None:
    paths = [CONNECTION, "/plugins/webhook/connections/2", NAMED, PROJECT]
    made = transformed(received(f"{path}/issues", issue()) for path in paths)
    assert len({event.subject_id for event in made}) == len(made) == 4
    assert [event.content["service"]["id"] for event in made] == [
        *("connection-1", "connection-2", "hat shop", "Hats")
    ]


def test_an_incident_has_the_service_that_the_connection_is_set_to() -> None:
    [event] = transformed([say(issue())], services={"1": "shop"})
    assert event.content["service"] == {"id": "shop"}


CALLS = st.lists(
    st.one_of(
        st.just("close"),
        st.tuples(
            st.sampled_from(["TODO", "IN_PROGRESS", "DONE"]),
            st.integers(0, 3),  # created, in days
            st.integers(0, 9) | st.none(),  # updated
            st.integers(0, 9) | st.none(),  # resolved
        ),
    ),
    max_size=8,
)


def day(number: int | None) -> str | None:
    return None if number is None else format_rfc3339(CREATED + timedelta(days=number))


@given(CALLS)
def test_an_incident_is_open_when_devlake_would_say_so(calls: list[Any]) -> None:
    """DevLake keeps the status of the last call; here the last CDEvent says the same."""
    events, status = [], None
    for call in calls:
        if call == "close":
            events.append(close())
            status = status and "DONE"
        else:
            status, created, updated, resolved = call
            dates = {"updatedDate": day(updated), "resolutionDate": day(resolved)}
            events.append(say(issue(status=status, createdDate=day(created), **dates)))
    made: list[CDEvent] = transformed(events)
    kinds = [event.type.split(".")[3] for event in made]
    assert kinds[-1:] == {None: [], "DONE": ["resolved"]}.get(status, ["detected"])
    assert kinds[:1] in ([], ["detected"])
    assert all(pair != ("detected", "detected") for pair in pairwise(kinds))
    assert made == transformed(events)
