"""Real payloads, which are not part of this project: skipped where they are not at hand."""

from __future__ import annotations

import pytest

from tests.plugins.walk import files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

pytestmark = needs_shared

FOLDER = "bitbucket-cloud/go-playground"
FILES = files_of("bitbucket-cloud")
UPDATED = ("change.updated",)

EXPECTED: dict[str, tuple[str, ...]] = {
    f"{FOLDER}/commit-comment-created": (),
    f"{FOLDER}/issue-": (),
    f"{FOLDER}/pull-request-approval-removed": UPDATED,
    f"{FOLDER}/pull-request-approved": ("change.reviewed",),
    f"{FOLDER}/pull-request-comment-": (),
    f"{FOLDER}/pull-request-created": ("change.created",),
    f"{FOLDER}/pull-request-declined": ("change.abandoned",),
    f"{FOLDER}/pull-request-merged": ("change.merged",),
    f"{FOLDER}/pull-request-updated": UPDATED,
    f"{FOLDER}/repo-commit-status-created": ("pipelinerun.started",),
    f"{FOLDER}/repo-commit-status-updated": ("pipelinerun.finished",),
    f"{FOLDER}/repo-fork": ("repository.created",),
    f"{FOLDER}/repo-push": ("dev.cdeventsx.streamgauge-commits.pushed",),
    f"{FOLDER}/repo-updated": ("repository.modified",),
}


@pytest.mark.parametrize("file", FILES)
def test_each_gives_what_the_table_says(file: str) -> None:
    assert kinds_of("bitbucket", file) == EXPECTED[row_of(EXPECTED, file)]


def test_every_row_of_the_table_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()
