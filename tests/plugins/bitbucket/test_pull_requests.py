"""Pull requests of Cloud, whose commits are twelve characters long."""

from __future__ import annotations

import dataclasses
import json

from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest
from streamgauge_bitbucket.memory import COMMITS, WAITING, Memory

from .samples import HEAD, MERGE, delivery, kinds, offline, told

PUSH, MERGED = delivery("push-of-a-merge"), delivery("pull-request-merged")
ALL = [
    delivery("push-that-makes-a-branch"),
    delivery("pull-request-created"),
    delivery("pull-request-approved"),
    delivery("pull-request-updated"),
    MERGED,
    PUSH,
]


@given(st.permutations(ALL), st.lists(st.sampled_from(ALL), max_size=6))
def test_in_any_order_a_merge_is_known_by_its_whole_commit(
    order: list[WebhookRequest], again: list[WebhookRequest]
) -> None:
    made = told(offline(), *order, *again)
    merges = [event for event in made if ".change.merged." in event.type]
    assert {event.subject_id for event in merges} == {
        "https://api.bitbucket.org/2.0/repositories/northquay/timetable/pullrequests/7"
    }
    assert {event.timestamp for event in merges} == {merges[0].timestamp}
    # Said with the whole commit once, and before that at most once without: never with a part.
    assert [event.custom_data.get("commit") for event in merges] in ([MERGE], [None, MERGE])
    others = [kind for kind in kinds(made) if kind.startswith("change") and kind[7] != "m"]
    assert sorted(others) == ["change.created", "change.reviewed", "change.updated"]


def test_a_merge_whose_push_never_comes_is_one() -> None:
    run = offline()
    [merged] = told(run, MERGED, MERGED)
    assert "commit" not in merged.custom_data
    assert merged.custom_data["mergeCommit"] == MERGE[:12]


def test_a_push_to_another_repository_completes_nothing() -> None:
    body = json.loads(PUSH.body)
    body["repository"]["full_name"] = "northquay/boards"
    other = dataclasses.replace(PUSH, body=json.dumps(body).encode())
    made = told(offline(), MERGED, other)
    assert kinds(made) == ["change.merged", "dev.cdeventsx.streamgauge-commits.pushed"]


def test_the_head_is_whole_where_a_push_told_of_it() -> None:
    _, created = told(offline(), delivery("push-of-two-commits"), delivery("pull-request-created"))
    assert created.custom_data["head"] == HEAD


@given(st.lists(st.integers(0, 2**160 - 1), max_size=400), st.lists(st.integers(0, 99)))
def test_the_memory_is_bounded_and_forgets_the_oldest(
    pushed: list[int], waiting: list[int]
) -> None:
    commits = [f"{each:040x}" for each in pushed]
    memory = Memory.of(None)
    for commit in commits:
        memory.pushed(commit)
    for each in waiting:
        memory.waiting[f"{each:012x}"] = {}
    memory = Memory.of(json.loads(json.dumps(memory.state())))
    assert len(memory.commits) <= COMMITS
    assert len(memory.waiting) <= WAITING
    for commit in commits[-COMMITS:]:
        assert memory.whole(commit[:39]) in {c for c in commits if c.startswith(commit[:39])}
    assert memory.whole(None) is None
