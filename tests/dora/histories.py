"""Hypothesis strategies: whole histories of a small company, as CDEvents."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from hypothesis import strategies as st

from streamgauge import CDEvent
from tests.dora.stories import LIBRARY, stories
from tests.dora.world import (
    REPOSITORY,
    change,
    corrected,
    deployed,
    failed,
    incident,
    published,
    pushed,
    sha,
)

# The last one begins as the second does: an abbreviation may be either.
COMMITS = [*(f"c{n}" for n in range(8)), "c1\0\0a"]
BRANCHES = ("main", "topic", "live")
REPOSITORIES = (REPOSITORY, REPOSITORY, LIBRARY)
SERVICES = ("shop", "pay")
ENVIRONMENTS = ("production", "staging", "prod-eu")
KINDS = ("service.deployed", "service.upgraded", "service.rolledback")
_hours = st.integers(0, 24 * 21).map(lambda n: n / 2)
_commits = st.sampled_from(COMMITS)


@st.composite
def _push(draw: st.DrawFn) -> CDEvent:
    commits = draw(st.lists(_commits, max_size=3, unique=True))
    branch = draw(st.sampled_from(BRANCHES))
    more: dict[str, Any] = {}
    if not commits or draw(st.integers(0, 9)) == 0:
        more["after"] = draw(_commits)
    if draw(st.integers(0, 5)) == 0:
        more["forced"] = True
    merge = commits[-1:] if draw(st.integers(0, 4)) == 0 else []
    folders = {c: draw(st.sampled_from((["a"], ["b/c"], ["", "a/x"], []))) for c in commits}
    more["repository"] = draw(st.sampled_from(REPOSITORIES))
    return pushed(draw(_hours), *commits, branch=branch, merge=merge, directories=folders, **more)


@st.composite
def _change(draw: st.DrawFn) -> CDEvent:
    done = draw(st.sampled_from(("created", "reviewed", "merged", "merged", "merged", "abandoned")))
    return change(
        done,
        draw(st.integers(1, 4)),
        draw(_hours),
        draw(st.none() | _commits),
        head=draw(st.none() | _commits),
        head_branch=draw(st.sampled_from((None, "topic", "live"))),
        branch=draw(st.sampled_from(("main", "main", "live"))),
        commits=draw(st.sampled_from((None, 1, 2, 3))),
        author=draw(st.sampled_from(("ann", "bob"))),
        reviewer=draw(st.sampled_from((None, "ann", "bob"))),
        title=draw(st.sampled_from(("Pay", 'Revert "Pay"', "Show"))),
        labels=draw(st.sampled_from(([], ["hotfix"], ["x"]))),
    )


@st.composite
def _deployment(draw: st.DrawFn) -> CDEvent:
    number = draw(st.integers(0, 11))
    more: dict[str, Any] = {
        "service": draw(st.sampled_from(SERVICES)),
        "environment": draw(st.sampled_from(ENVIRONMENTS)),
        "artifact": draw(
            st.sampled_from([None, *(f"pkg:oci/x@sha256:{n:064x}" for n in range(3))])
        ),
    }
    if draw(st.integers(0, 4)) == 0:
        more["changes"] = [f"{REPOSITORY}/pulls/{draw(st.integers(1, 4))}"]
    more["repository"] = draw(st.sampled_from((*REPOSITORIES, None)))
    if draw(st.integers(0, 4)) == 0:
        more["production"] = True
    if draw(st.integers(0, 4)) == 0:
        listed = draw(st.lists(_commits, min_size=1, max_size=2))
        more["commits"] = [{"repository": REPOSITORY, "commit": sha(each)} for each in listed]
    commit = draw(st.none() | _commits)
    name, hours = f"d{number}", draw(_hours)
    if draw(st.integers(0, 6)) == 0:
        return failed(name, hours, commit, **more)
    event = deployed(name, hours, commit, kind=draw(st.sampled_from(KINDS)), **more)
    if commit is not None and draw(st.integers(0, 4)) == 0:
        event.document["customData"]["commit"] = sha(commit)[:7]
    return event


@st.composite
def _incident(draw: st.DrawFn) -> CDEvent:
    return incident(
        draw(st.sampled_from(("detected", "resolved"))),
        f"i{draw(st.integers(0, 3))}",
        draw(_hours),
        service=draw(st.sampled_from((None, *SERVICES))),
        environment=draw(st.sampled_from(ENVIRONMENTS)),
        artifact=draw(st.sampled_from((None, "pkg:oci/x@sha256:" + f"{1:064x}"))),
        rootCause=draw(st.none() | _commits.map(sha)),
        deployments=draw(st.sampled_from(([], [], ["d1"], ["d2"]))),
        retracted=draw(st.sampled_from((None, None, None, True))),
    )


@st.composite
def _published(draw: st.DrawFn) -> CDEvent:
    artifact = f"pkg:oci/x@sha256%3A{draw(st.integers(0, 2)):064x}?tag={draw(st.integers(0, 1))}"
    return published(artifact, draw(_hours), draw(st.none() | _commits))


@st.composite
def _correction(draw: st.DrawFn) -> CDEvent:
    what = draw(st.sampled_from(("change", "incident")))
    thing = (
        f"{REPOSITORY}/pulls/{draw(st.integers(1, 4))}"
        if what == "change"
        else f"i{draw(st.integers(0, 3))}"
    )
    linked = draw(st.booleans())
    return corrected(what, thing, f"d{draw(st.integers(0, 11))}", draw(_hours), linked=linked)


_event = st.one_of(
    _push(), _push(), _push(), _change(), _change(), _deployment(), _deployment(), _deployment(),
    _incident(), _published(), _correction(),
)  # fmt: skip
_id = attrgetter("id")


def strangers(max_size: int = 30) -> st.SearchStrategy[list[CDEvent]]:
    """Events that name the same few things, and else have nothing to do with each other."""
    return st.lists(_event, max_size=max_size, unique_by=_id)


@st.composite
def histories(draw: st.DrawFn, max_steps: int = 12) -> list[CDEvent]:
    """A story, with a few events between that nobody would tell; of one id there is one."""
    events = draw(stories(max_steps)) + draw(strangers(6))
    return list({event.id: event for event in events}.values())
