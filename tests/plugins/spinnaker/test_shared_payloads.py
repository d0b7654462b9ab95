"""Real payloads, which are not part of this project: skipped where they are not at hand."""

from __future__ import annotations

import pytest

from tests.plugins.walk import Expected, files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

FILES = files_of("spinnaker")

EXPECTED: Expected = {"spinnaker/pipelinerun.finished": ("pipelinerun.finished",)}

pytestmark = needs_shared


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("source", ["spinnaker", "cloudevents", "native"])
def test_each_gives_what_the_table_says(source: str, file: str) -> None:
    assert kinds_of(source, file) == EXPECTED[row_of(EXPECTED, file)]


def test_every_row_of_the_table_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()
