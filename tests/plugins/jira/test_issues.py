"""Issues over their whole life, incidents among them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent, WebhookRequest

from .samples import delivery, offline, told

CATEGORIES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done", "Closed": "done"}
NOON = 1772452800000
Step = tuple[str, bool]


def step(minute: int, old: Step, new: Step) -> WebhookRequest:
    """The change of an issue from a status and a label to others."""

    def change(body: Any) -> None:
        body["timestamp"] = NOON + minute * 60_000
        fields = body["issue"]["fields"]
        fields["status"] = {"name": new[0], "statusCategory": {"key": CATEGORIES[new[0]]}}
        fields["labels"] = ["quay", "Incident"] if new[1] else ["quay"]
        body["changelog"] = {"id": str(minute), "items": []}
        labels = ["quay Incident" if labelled else "quay" for _, labelled in (old, new)]
        for field, one, two in (("status", old[0], new[0]), ("labels", *labels)):
            if one != two:
                item = {"field": field, "from": "1", "fromString": one, "toString": two}
                body["changelog"]["items"].append(item)

    return delivery("issue-updated", change)


def names(events: list[CDEvent]) -> list[str]:
    return [".".join(event.type.split(".")[2:4]) for event in events]


HISTORIES = st.lists(
    st.tuples(st.sampled_from([*CATEGORIES]), st.booleans()), min_size=1, max_size=10
)


@given(HISTORIES)
def test_what_is_told_last_is_what_the_issue_is(history: list[Step]) -> None:
    pairs = zip([("To Do", False), *history], history, strict=False)
    steps = [step(minute, *pair) for minute, pair in enumerate(pairs)]
    run = offline()
    made = [event for event in told(run, *steps) if ".incident." in event.type]
    assert {event.subject_id for event in made} <= {
        "https://northquay.atlassian.net/rest/api/2/issue/10012"
    }
    status, labelled = history[-1]
    if not made:
        assert not any(was for _, was in history)
        return
    assert (".detected." in made[-1].type) is (labelled and CATEGORIES[status] != "done")
    assert (made[-1].custom_data.get("retracted") is True) is (not labelled)
    assert made[0].timestamp.hour == 9  # when it was created, whenever it was labelled
    assert told(run, *steps) == []


@given(HISTORIES, st.data())
def test_the_order_of_arrival_changes_nothing(history: list[Step], data: st.DataObject) -> None:
    pairs = zip([("To Do", False), *history], history, strict=False)
    steps = [step(minute, *pair) for minute, pair in enumerate(pairs)]
    shuffled = data.draw(st.permutations(steps))

    def documents(order: list[WebhookRequest]) -> list[str]:
        return sorted(str(event.document) for event in told(offline(), *order))

    assert documents(steps) == documents([*shuffled, *shuffled])


def test_a_status_that_jira_alone_calls_done_can_be_named() -> None:
    def change(body: Any) -> None:
        body["changelog"]["items"] = [
            {"field": "status", "from": "1", "fromString": "Sailed", "toString": "In Progress"}
        ]

    left = delivery("incident-updated", change)
    assert names(told(offline(), left)) == ["ticket.updated"]
    reopened = told(offline(done_statuses=["Sailed"]), left)
    assert names(reopened) == ["ticket.updated", "incident.detected"]


def test_the_same_issue_of_the_second_and_the_third_api_is_one() -> None:
    def change(body: Any) -> None:
        body["issue"]["self"] = body["issue"]["self"].replace("/api/2/", "/api/3/")

    run = offline()
    assert len(told(run, delivery("incident-created"))) == 2
    assert told(run, delivery("incident-created", change)) == []


@pytest.mark.parametrize(
    ("options", "environment", "service"),
    [
        ({}, "production", "Boards"),
        ({"environment": "live", "services": {"FER": "ferries"}}, "live", "ferries"),
        ({"environments": {"FER/*": "eu"}, "services": {"Boards": "boards"}}, "eu", "boards"),
        ({"environment_field": "customfield_10050"}, "Staging", "Boards"),
        (
            {
                "environment_field": "customfield_10050",
                "environments": {"Stag*": "staging", "FER": "eu"},
                "service_field": "customfield_10051",
            },
            "staging",
            "tickets",
        ),
        ({"environment_field": "customfield_1", "service_field": "customfield_2"},
         "production", "Boards"),
    ],
)  # fmt: skip
def test_where_and_of_what_an_incident_is(
    options: dict[str, Any], environment: str, service: str
) -> None:
    _, detected = told(offline(**options), delivery("incident-by-its-fields"))
    assert detected.content["environment"] == {"id": environment}
    assert detected.content["service"] == {"id": service}


def test_settings_say_what_is_an_incident() -> None:
    run = offline(incident_types=["bug"], incident_labels=["outage"])
    assert names(told(run, delivery("issue-created"))) == ["ticket.created", "incident.detected"]
    assert names(told(offline(incident_types=[]), delivery("incident-created"))) == [
        "ticket.created"
    ]


@pytest.mark.parametrize("pattern", ["timetable *", "10000", "10000/timetable*"])
def test_a_version_is_a_deployment_where_a_setting_names_it(pattern: str) -> None:
    assert names(told(offline(), delivery("version-released"))) == ["artifact.published"]
    made = told(offline(deployments=[pattern]), delivery("version-released"))
    assert names(made) == ["artifact.published", "service.deployed"]
    assert made[1].subject_id == "10000"
