"""Real payloads, which are not part of this project: each gives what the table says."""

from __future__ import annotations

import pytest

from tests.plugins.walk import files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

FILES = files_of("opsgenie")
EXPECTED: dict[str, tuple[str, ...]] = {
    "opsgenie/Create": ("incident.detected",),
    "opsgenie/Close": ("incident.detected", "incident.resolved"),
    "opsgenie/Acknowledge": (),
    "opsgenie/UnAcknowledge": (),
}


@needs_shared
@pytest.mark.parametrize("file", FILES)
def test_a_payload_gives_what_the_table_says(file: str) -> None:
    assert kinds_of("opsgenie", file) == EXPECTED[row_of(EXPECTED, file)]


@needs_shared
def test_every_row_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()
