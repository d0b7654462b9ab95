"""Real payloads, which are not part of this project: each gives what the table says."""

from __future__ import annotations

import pytest

from tests.plugins.walk import files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

PUSHED = "dev.cdeventsx.streamgauge-commits.pushed"
EXPECTED: dict[str, tuple[str, ...]] = {
    "gitlab/xanzy/build": (),  # created
    "gitlab/xanzy/deployment": ("service.deployed",),
    "gitlab/xanzy/feature_flag": (),
    "gitlab/xanzy/group_merge_request": (),  # its names have a space at their end
    "gitlab/xanzy/issue": ("ticket.created",),
    "gitlab/xanzy/job": ("taskrun.finished",),
    "gitlab/xanzy/member": (),
    "gitlab/xanzy/merge_request": ("change.created",),
    "gitlab/xanzy/note": (),
    "gitlab/xanzy/pipeline": ("pipelinerun.finished",),
    "gitlab/xanzy/push": (PUSHED,),
    "gitlab/xanzy/release": ("artifact.published",),
    "gitlab/xanzy/resource_access_token": (),
    "gitlab/xanzy/service_merge_request": ("change.updated",),
    "gitlab/xanzy/subgroup": (),
    "gitlab/xanzy/tag_push": (),
    "gitlab/xanzy/wiki_page": (),
}
FILES = files_of("gitlab")


@needs_shared
@pytest.mark.parametrize("file", FILES)
def test_each_gives_what_the_table_says(file: str) -> None:
    assert kinds_of("gitlab", file) == EXPECTED[row_of(EXPECTED, file)]


@needs_shared
def test_every_row_of_the_table_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()
