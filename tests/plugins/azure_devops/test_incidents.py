"""Work items that are incidents, over their whole life."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest

from .samples import delivery, offline, told

STATES = ("New", "Active", "Resolved", "Closed")
DONE = ("Resolved", "Closed")
Step = tuple[str, bool]


def step(minute: int, old: Step, new: Step) -> WebhookRequest:
    """The change of a work item from a state and a tag to others."""

    def change(body: Any) -> None:
        at = f"2026-03-02T11:{minute:02}:00Z"
        tags = ["Incident; a" if tagged else "a" for _, tagged in (old, new)]
        fields = body["resource"]["revision"]["fields"]
        fields |= {"System.State": new[0], "System.Tags": tags[1], "System.ChangedDate": at}
        body["resource"]["fields"] = {
            "System.ChangedDate": {"oldValue": "2026-03-02T10:00:00Z", "newValue": at},
            "System.State": {"oldValue": old[0], "newValue": new[0]},
            "System.Tags": {"oldValue": tags[0], "newValue": tags[1]},
        }

    made = delivery("work-item-updated", change)
    return WebhookRequest(made.headers, made.body.replace(b'"another"', f'"{minute}"'.encode()), {})


@given(st.lists(st.tuples(st.sampled_from(STATES), st.booleans()), min_size=1, max_size=10))
def test_what_is_told_last_is_what_the_work_item_is(history: list[Step]) -> None:
    start: Step = ("New", False)
    pairs = zip([start, *history], history, strict=False)
    steps = [step(minute, *pair) for minute, pair in enumerate(pairs)]
    run = offline()
    made = [event for event in told(run, *steps) if ".incident." in event.type]
    assert {event.subject_id for event in made} <= {
        "https://dev.azure.com/northquay/_apis/wit/workItems/205"
    }
    state, tagged = history[-1]
    if not made:
        assert not any(was for _, was in history)
        return
    opened = ".detected." in made[-1].type
    assert opened is (tagged and state not in DONE)
    assert made[0].timestamp.hour == 9  # when it was created, whenever it was tagged
    assert (made[-1].custom_data.get("retracted") is True) is (not tagged)
    assert told(run, *steps) == []


def test_settings_say_what_is_an_incident_when_it_is_over_and_where_it_is() -> None:
    run = offline(
        incident_types=["Bug"],
        incident_labels=["outage"],
        done_states=["Approved"],
        environment="live",
        environments={"ferries\\*": "eu"},
        services={"ferries": "all"},
    )
    _, detected = told(run, delivery("work-item-created"))
    assert detected.content["environment"] == {"id": "eu"}
    assert detected.content["service"] == {"id": "all"}
    made = told(run, delivery("work-item-closed"))
    assert [".".join(event.type.split(".")[2:4]) for event in made] == ["ticket.updated"]
    approved = delivery("work-item-updated", approve)
    assert [".".join(event.type.split(".")[2:4]) for event in told(run, approved)] == [
        "ticket.closed",
        "incident.resolved",
    ]


def approve(body: Any) -> None:
    body["resource"]["fields"]["System.State"]["newValue"] = "Approved"
    body["resource"]["revision"]["fields"]["System.State"] = "Approved"
