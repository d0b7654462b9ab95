"""Real payloads, which are not part of this project: each gives what the table says."""

from __future__ import annotations

import pytest

from tests.plugins.walk import files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

DETECTED, RESOLVED = "incident.detected", "incident.resolved"
FILES = files_of("alertmanager")
EXPECTED: dict[str, tuple[str, ...]] = {
    "alertmanager/firing": (DETECTED,),
    "alertmanager/repeat-same-alert": (DETECTED,),
    "alertmanager/group-two-alerts": (DETECTED, DETECTED),
    "alertmanager/resolved": (DETECTED, RESOLVED),
}


@needs_shared
@pytest.mark.parametrize("file", FILES)
def test_a_payload_gives_what_the_table_says(file: str) -> None:
    assert kinds_of("alertmanager", file) == EXPECTED[row_of(EXPECTED, file)]


@needs_shared
def test_together_they_tell_of_two_alerts() -> None:
    sent = ("firing", "repeat-same-alert", "group-two-alerts", "resolved")
    kinds = kinds_of("alertmanager", *(f"alertmanager/{name}.json" for name in sent))
    assert kinds == (DETECTED, DETECTED, RESOLVED)


@needs_shared
def test_every_row_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()
