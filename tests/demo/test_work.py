"""What is done for a change fits into its life, and main gets what the branch had."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from streamgauge_demo.company import SERVICES, Service
from streamgauge_demo.facts import Change
from streamgauge_demo.story import LONGEST
from streamgauge_demo.work import Commit, Work, work_on
from tests.demo.helpers import history


def changes(service: Service) -> list[Change]:
    return [fact for fact in history(service) if isinstance(fact, Change)]


def own(work: Work) -> list[Commit]:
    """The commits of the change's own branch."""
    return [commit for push in work.pushes for commit in push.commits]


def paths(*commits: Commit) -> set[str]:
    return {path for c in commits for path in (*c.added, *c.modified, *c.removed)}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_everything_comes_in_its_time(service: Service) -> None:
    for change in changes(service):
        work = work_on(change)
        first, *late = work.pushes
        assert change.at - LONGEST < own(work)[0].at
        assert first.at < change.opened < work.reviewed < change.at == work.merged.at
        assert all(change.opened < push.at < change.at for push in late)
        for push in (*work.pushes, work.merged):
            assert all(commit.at <= push.at for commit in push.commits)
        times = [commit.at for commit in own(work)]
        assert times == sorted(times)
        assert all(moment.microsecond == 0 for moment in times)
        if change.hotfix:
            assert change.at - times[0] < timedelta(hours=2)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_branch_is_made_and_then_moved_on(service: Service) -> None:
    seen: set[str] = set()
    for change in changes(service):
        work = work_on(change)
        assert work.pushes[0].before is None
        for one, other in pairwise(work.pushes):
            assert other.before == one.after
        ids = {commit.id for commit in own(work)}
        assert 1 <= len(ids) == len(own(work)) <= 4
        assert not ids & seen
        seen |= ids
        assert work.reviewer != change.author
        assert work.commits_at(change.opened) == list(work.pushes[0].commits)
        assert work.commits_at(change.at) == own(work)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_merge_brings_what_the_branch_had(service: Service) -> None:
    styles: Counter[str] = Counter()
    for change in changes(service):
        work = work_on(change)
        commits, merged = own(work), work.merged.commits
        assert (work.merged.before, work.merged.after) == (change.before, change.commit)
        assert paths(*merged) == paths(*commits) != set()
        if list(merged[:-1]) == commits:
            styles["merge"] += 1
            assert merged[-1].message.startswith("Merge ")
        elif merged[-1].message.endswith(f"(#{change.number})"):
            styles["squash"] += 1
            assert len(merged) == 1
        else:
            styles["rebase"] += 1
            assert [commit.at for commit in merged] == [commit.at for commit in commits]
            assert [commit.message for commit in merged] == [commit.message for commit in commits]
            assert not {commit.id for commit in merged} & {commit.id for commit in commits}
    assert styles["squash"] > styles["rebase"] + styles["merge"]
    assert styles["rebase"] > 0 < styles["merge"]


def test_a_revert_undoes_what_was_merged() -> None:
    reverts = [change for change in changes(SERVICES[0]) if change.reverts]
    assert reverts
    for change in reverts:
        assert change.reverts is not None
        [commit] = own(work_on(change))
        undone = work_on(change.reverts)
        assert commit.removed == own(undone)[0].added
        assert commit.added == ()
        assert commit.message.endswith(f"This reverts commit {change.reverts.commit}.")
        assert paths(commit) == paths(*undone.merged.commits)
