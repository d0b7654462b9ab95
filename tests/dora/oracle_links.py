"""The second half of the naive links: how far deployments have come, and what that ships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from streamgauge_dora.linking.parts import Part
from tests.dora import oracle
from tests.dora.oracle import Line, Step, line_of, places, when
from tests.dora.oracle_facts import Facts, Row

Known = Mapping[Any, set[tuple[str, str, str]]]
"""Deployment -> (repository, sha, rule) of its commits."""

_OF_CHANGES = (
    "kind", "repository", "first_commit_at", "created_at", "first_reviewed_at", "merged_at"
)  # fmt: skip


class Candidate(NamedTuple):
    """A deployment that may be the one that a change is linked to; the least one is."""

    rank: int
    when: tuple[Any, Any]
    weakness: int
    deployment: Row
    rule: str
    left_out: str | None


def deployment_commits(facts: Facts) -> Known:
    """By the strongest rule that finds any."""
    merged = [e for e in facts.change_events if e.kind == "merged" and e.commit_sha]
    found = {}
    for d in facts.deployments:
        of_it = [a for a in facts.artifact_events if d.artifact and a.artifact == d.artifact]
        given = {(d.repository, d.commit_sha)} if d.commit_sha else set()
        given |= {
            (c.repository, c.commit_sha)
            for c in facts.deployed_commits
            if c.deployment_id == d.deployment_id
        }
        artifact = {(a.repository or d.repository, a.commit_sha) for a in of_it if a.commit_sha}
        artifact |= {
            (e.repository, e.commit_sha)
            for a in of_it
            for e in merged
            if e.change_id == a.change_id
        }
        tag = {(d.repository, d.artifact_commit)} if d.artifact_commit else set()
        for rule, named in (("given", given), ("artifact", artifact), ("tag", tag)):
            if named:
                found[d.deployment_id] = {(*_whole(facts, *each), rule) for each in named}
                break
    return found


def _whole(facts: Facts, repository: str | None, sha: str) -> tuple[str, str]:
    """Of an abbreviated commit, or one of an unknown repository, the first that it may be."""
    if repository is not None and len(sha) == 40:
        return repository, sha
    may_be = [
        (c.sha, c.repository)
        for c in facts.commits
        if c.sha.startswith(sha) and repository in (None, c.repository)
    ]
    full, where = min(may_be, default=(sha, repository or ""))
    return where, full


def steps(facts: Facts, known: Known) -> list[Step]:
    """Of every successful deployment, on each branch that its commit was pushed to; where it came
    with a merge only, it stands on the branch that it came from."""
    found: list[Step] = []
    for d in sorted(facts.deployments, key=when):
        if d.outcome != "success":
            continue
        furthest: dict[tuple[str, str], tuple[int, str]] = {}
        for repository, sha, _ in sorted(known.get(d.deployment_id, ()), key=lambda k: k[1]):
            on = places(facts, repository, sha)
            elsewhere = {b: c for b, c in on.items() if not _came_with_a_merge(facts, c)}
            for branch, commit in (elsewhere or on).items():
                place = (repository, branch)
                if place not in furthest or commit.key > furthest[place][0]:
                    furthest[place] = (commit.key, sha)
        for (repository, branch), (key, sha) in furthest.items():
            before = [
                s.key for s in found
                if (s.line, s.repository, s.branch) == (line_of(d), repository, branch)
            ]  # fmt: skip
            came = max(before, default=None)
            forced = [
                c.key for c in facts.commits
                if (c.repository, c.branch) == (repository, branch) and c.forced and c.place == 0
                and c.key <= key and (came is None or c.key > came)
            ]  # fmt: skip
            rewritten = max(forced, default=None)
            found.append(Step(line_of(d), d, repository, branch, sha, key, came, rewritten))
    return found


def _came_with_a_merge(facts: Facts, commit: Row) -> bool:
    return any(
        c.event_key == commit.event_key and c.is_merge and c.place > commit.place
        for c in facts.commits
    )


def change_links(
    facts: Facts, found: Sequence[Mapping[str, Any]], made: Sequence[Step], parts: Sequence[Part]
) -> dict[tuple[str, Line], tuple[Any, str, str | None]]:
    """(change, line) -> (deployment, rule, why it is left out)."""
    stated = _stated(facts, {change["change_id"] for change in found})
    keys = oracle.change_keys(facts, found)
    links = {}
    for change in found:
        name = change["change_id"]
        candidates: dict[Line, list[Candidate]] = defaultdict(list)
        for (thing, _), (linked, corrected, d) in stated.items():
            if thing == name and linked and d.outcome == "success":
                rank, rule = (0, "corrected") if corrected else (1, "given")
                candidates[line_of(d)].append(Candidate(rank, when(d), 0, d, rule, None))
        for s in made:
            key = keys.get(name, {}).get((s.repository, s.branch))
            denied = not stated.get((name, s.deployment.deployment_id), (True,))[0]
            if key is None or denied or not _is_its_own(change, s.line[0], parts):
                continue
            if s.key >= key and (s.came is None or s.came < key):
                candidates[s.line].append(_reached(change, s, key, made))
        for line, possible in candidates.items():
            best = min(possible, key=lambda c: c[:3])
            links[(name, line)] = (best.deployment.deployment_id, best.rule, best.left_out)
    return links


def with_times(
    facts: Facts,
    found: Sequence[Mapping[str, Any]],
    links: Mapping[tuple[str, Line], tuple[Any, str, str | None]],
) -> Iterator[tuple[Any, ...]]:
    """The links, each with what is known of its deployment and its change."""
    changes = {change["change_id"]: change for change in found}
    deployments = {d.deployment_id: d for d in facts.deployments}
    for (name, line), (deployment, *rest) in links.items():
        of_it = [deployments[other] for (change, _), (other, *_) in links.items() if change == name]
        one = deployments[deployment]
        place = 1 + sum(when(other) < when(one) for other in of_it)
        told = [changes[name][key] for key in _OF_CHANGES]
        yield (name, *line, deployment, *rest, one.production, place, *told)


def _reached(change: Mapping[str, Any], s: Step, key: int, made: Sequence[Step]) -> Candidate:
    first = not any(
        (e.line, e.repository) == (s.line, s.repository) and when(e.deployment) < when(s.deployment)
        for e in made
    )
    rewritten = s.rewritten is not None and key < s.rewritten
    left_out = "first_deployment" if first else "history_rewritten" if rewritten else None
    own_commit = s.sha == change["commit_sha"]
    rule = "commit" if own_commit else "branch"
    rank = 3 if left_out == "history_rewritten" else 2
    return Candidate(rank, when(s.deployment), not own_commit, s.deployment, rule, left_out)


def _is_its_own(change: Mapping[str, Any], service: str, parts: Sequence[Part]) -> bool:
    """Whether the change touches a folder of the service, where that has folders there."""
    mine = [
        p.directory for p in parts if (p.service, p.repository) == (service, change["repository"])
    ]
    folders = change["directories"]
    return (
        folders is None
        or not mine
        or any(f"{folder}/".startswith(part) for folder in folders for part in mine)
    )


def _stated(facts: Facts, known: set[str]) -> dict[tuple[str, Any], tuple[bool, bool, Row]]:
    """(change, deployment) -> whether they are linked, whether somebody says so, the deployment.

    Somebody is stronger than a tool, and what was said last counts.
    """
    found = {}
    for g in sorted(facts.given_links, key=_strongest_last):
        if g.what != "change":
            continue
        things = {g.thing} | {e.change_id for e in facts.change_events if e.event_id == g.thing}
        for d in facts.deployments:
            if g.deployment in (str(d.deployment_id), d.event_id, d.reference):
                for thing in things & known:
                    found[(thing, d.deployment_id)] = (g.linked, g.corrected, d)
    return found


def _strongest_last(given: Row) -> Any:
    return (given.corrected, given.at, -given.event_key.int)
