"""Real payloads, which are not part of this project: skipped where they are not at hand."""

from __future__ import annotations

import pytest

from streamgauge.errors import UnsupportedMediaType
from tests.plugins.walk import Expected, files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

FILES = files_of("jenkins-cloudevents")
FINISHED = ("pipelinerun.finished",)
TYPE = "jenkins-cloudevents/org.jenkinsci."

EXPECTED: Expected = {
    f"{TYPE}job.completed": FINISHED,
    f"{TYPE}job.created": (),
    f"{TYPE}job.failed": FINISHED,
    f"{TYPE}job.finalzed": FINISHED,
    f"{TYPE}job.started": ("pipelinerun.started",),
    f"{TYPE}job.updated": (),
    f"{TYPE}node": (),
    f"{TYPE}queue": (),
}

pytestmark = needs_shared


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("source", ["jenkins", "cloudevents"])
def test_each_gives_what_the_table_says(source: str, file: str) -> None:
    assert kinds_of(source, file) == EXPECTED[row_of(EXPECTED, file)]


def test_every_row_of_the_table_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()


def test_completed_and_finalized_are_one() -> None:
    files = [f"{TYPE}job.{done}.json" for done in ("completed", "finalzed")]
    assert kinds_of("jenkins", *files) == FINISHED


@pytest.mark.parametrize("file", files_of("jenkins-cdevents"))
def test_the_other_plugins_sink_is_refused(file: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="toString"):
        kinds_of("jenkins", file)
