"""Real payloads, which are not part of this project: each gives what the table says."""

from __future__ import annotations

import pytest

from tests.plugins.walk import files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

DETECTED, RESOLVED = "incident.detected", "incident.resolved"
FILES = files_of("pagerduty")
EXPECTED: dict[str, tuple[str, ...]] = {
    "pagerduty/composed.incident.triggered": (DETECTED,),
    "pagerduty/composed.incident.acknowledged": (),
    "pagerduty/composed.incident.unacknowledged": (),
    "pagerduty/composed.incident.escalated": (),
    "pagerduty/composed.incident.resolved": (DETECTED, RESOLVED),
    "pagerduty/composed.incident.reopened": (DETECTED,),
    "pagerduty/incident.priority_updated": (),
    "pagerduty/service.updated": (),
}


@needs_shared
@pytest.mark.parametrize("file", FILES)
def test_a_payload_gives_what_the_table_says(file: str) -> None:
    assert kinds_of("pagerduty", file) == EXPECTED[row_of(EXPECTED, file)]


@needs_shared
def test_every_row_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()
