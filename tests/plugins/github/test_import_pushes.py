"""Which commits a push brought, worked out from parents."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamgauge_github.history.pushes import Commits, from_activity, from_parents, told

from .history import START, History


def name(number: int) -> str:
    return f"{number + 1:040x}"


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Commits with their parents, each of which comes before; some of which are not known."""
    size = draw(st.integers(1, 12))
    found = {}
    for number in range(size):
        before = st.integers(max(0, number - 4), max(0, number - 1))
        parents = draw(st.lists(before, max_size=2 if number else 0, unique=True))
        found[name(number)] = [name(each) for each in parents]
    for lost in draw(st.sets(st.sampled_from(sorted(found)), max_size=2)):
        del found[lost]
    return found


def commits_of(graph: dict[str, list[str]]) -> Commits:
    return Commits(
        {"sha": each, "parents": [{"sha": parent} for parent in parents]}
        for each, parents in graph.items()
    )


def reach(graph: dict[str, list[str]], commit: str, without: set[str]) -> set[str]:
    if commit not in graph or commit in without:
        return set()
    return {commit}.union(*(reach(graph, parent, without) for parent in graph[commit]))


@given(graphs(), st.integers(0, 12), st.sets(st.integers(0, 12)))
def test_a_commit_reaches_what_its_parents_reach_each_after_its_parents(
    graph: dict[str, list[str]], start: int, without: set[int]
) -> None:
    left_out = {name(each) for each in without}
    found = commits_of(graph).reached(name(start), left_out)
    assert len(found) == len(set(found))
    assert set(found) == reach(graph, name(start), left_out)
    for place, commit in enumerate(found):
        assert not set(graph[commit]) & set(found[place:])


@given(graphs())
def test_the_pushes_of_a_branch_bring_each_of_its_commits_once(graph: dict[str, list[str]]) -> None:
    commits, head = commits_of(graph), name(len(graph))
    pushes = from_parents(commits, head)
    brought = [
        commit["id"]
        for payload in told({"html_url": "https://github.com/a/b"}, "main", pushes, commits)
        for commit in payload["commits"]
    ]
    assert len(brought) == len(set(brought))
    assert set(brought) <= reach(graph, head, set())
    assert [push.after for push in pushes][-1:] == ([head] if head in graph else [])


def test_a_branch_of_a_hundred_thousand_commits_is_no_recursion() -> None:
    size = 100_000
    graph = {name(n): [name(n - 1)] if n else [] for n in range(size)}
    assert len(commits_of(graph).reached(name(size - 1), set())) == size


def test_a_push_has_the_commits_between_where_the_branch_stood_and_stands() -> None:
    history = History()
    at = history.direct(START, 2)
    history.pull_request(at, merge="merge", commits=2)
    pushes = from_activity(history.activities[::-1])
    made = [*told({}, "main", pushes, Commits(history.commits.values()))]
    sent = [
        payload
        for event, payload in history.webhooks
        if event == "push" and payload["ref"] == "refs/heads/main"
    ]
    assert [[each["id"] for each in payload["commits"]] for payload in made] == [
        [each["id"] for each in payload["commits"]] for payload in sent
    ]
    assert [payload["created"] for payload in made] == [True, False]


def test_what_was_forced_away_has_no_commits_and_is_told_all_the_same() -> None:
    activity = {
        "id": 1, "before": name(1), "after": name(2), "timestamp": "2026-01-05T09:00:00Z",
        "activity_type": "force_push",
    }  # fmt: skip
    [payload] = told({}, "main", from_activity([activity, {"id": 2}]), Commits([]))
    assert (payload["forced"], payload["commits"], payload["head_commit"]) == (True, [], None)
    assert payload["after"] == name(2)
