"""Every row of the mapping: the CDEvents that a payload gives, whole, in golden/NAME.json.

After a change that is meant, `pytest --golden=update` writes them anew; the diff
is the review.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cdevents import validate

from .samples import CASES, issue, received, transformed

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", CASES)
def test_gives_what_the_mapping_says(name: str, golden: Callable[[Path, Any], None]) -> None:
    made = [event.document for event in transformed(received(*CASES[name]))]
    for document in made:
        validate(document)
    golden(GOLDEN / f"{name}.json", made)


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(CASES)


def test_a_failed_attempt_and_its_success_on_one_deployment_are_two() -> None:
    failed, worked = (
        transformed(received(*CASES[f"deployment-{state}"]))[0].id
        for state in ("failure", "success")
    )
    assert failed != worked


def test_both_events_about_one_package_are_one() -> None:
    one, other = (
        transformed(received(*CASES[name])) for name in ("package-image", "registry-package-image")
    )
    assert one == other


def test_the_label_an_issue_is_opened_with_is_detected_once() -> None:
    opened = issue("opened", "bug", "Incident", updated_at="2026-03-04T07:00:00Z")
    labeled = {**opened, "action": "labeled", "label": {"name": "Incident"}}
    ids = {transformed(received("issues", payload))[-1].id for payload in (opened, labeled)}
    assert len(ids) == 1


def test_each_time_an_issue_is_opened_again_it_is_an_incident_again() -> None:
    times = ("2026-03-04T07:00:00Z", "2026-03-05T07:00:00Z", "2026-03-06T07:00:00Z")
    actions = [issue("opened", "incident", updated_at=times[0])]
    actions += [issue("reopened", "incident", updated_at=time) for time in times]
    ids = {transformed(received("issues", payload))[-1].id for payload in actions}
    assert len(ids) == len(actions)


def test_the_operator_says_what_an_incident_is_and_where() -> None:
    event, payload = CASES["issue-opened"]
    made = transformed(
        received(event, payload), incident_labels=["BUG"], incident_environment="live"
    )
    assert [event.type for event in made] == [
        "dev.cdevents.ticket.created.0.2.0",
        "dev.cdevents.incident.detected.0.3.0",
    ]
    assert made[1].content["environment"] == {"id": "live"}
