"""Hypothesis strategies: what a team does, step by step, so that things have to do with each other.

A step is a few events, and each step begins where the one before it has ended. Fewer steps, and
steps nearer to the first of their kind, are a smaller example.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from streamgauge import CDEvent
from tests.dora.world import (
    REPOSITORY,
    change,
    corrected,
    deployed,
    failed,
    incident,
    published,
    pushed,
)

LIBRARY = "https://git.example/acme/lib"
SERVICES = ("shop", "pay")
ENVIRONMENTS = ("production", "staging")
FOLDERS = ({}, {"directories": ["a"]}, {"directories": ["b/c", ""]}, {"directories": []})
_pauses = st.sampled_from((1.0, 0.5, 6.0, 30.0, 0.0, 170.0))


@dataclass
class Teller:
    """What has happened so far."""

    draw: st.DrawFn
    hour: float = 0.0
    events: list[CDEvent] = field(default_factory=list)
    tips: dict[str, list[str]] = field(default_factory=dict)
    """Branch -> the commits that were pushed to it, the newest last."""
    deployments: list[str] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)
    pulls: int = 0
    commits: int = 0

    def tell(self, event: CDEvent) -> None:
        self.events.append(event)

    def wait(self) -> float:
        self.hour += self.draw(_pauses)
        return self.hour

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def commit(self) -> str:
        self.commits += 1
        return f"c{self.commits - 1}"

    def push(self, branch: str, *commits: str, **more: Any) -> None:
        hour = self.wait()
        folders = {name: self.one_of(*FOLDERS).get("directories", ["src"]) for name in commits}
        written = {name: hour - self.one_of(0.5, 3, 50) for name in commits}
        self.tell(
            pushed(hour, *commits, branch=branch, directories=folders, written=written, **more)
        )
        self.tips.setdefault(branch, []).extend(commits)

    def deploy(self, commit: str | None, *, service: str | None = None, **more: Any) -> None:
        name = f"d{len(self.deployments)}"
        self.deployments.append(name)
        where = {
            "service": service or self.one_of("shop", "shop", "pay"),
            "environment": self.one_of("production", "production", "production", "staging"),
        }
        if self.pulls and self.one_of(False, False, False, True):
            more["changes"] = [f"{REPOSITORY}/pulls/{self.one_of(self.pulls, 1)}"]
        self.tell(deployed(name, self.wait(), commit, **where, **more))

    def tip(self, branch: str = "main", back: int = 0) -> str | None:
        commits = self.tips.get(branch, [])
        return commits[-1 - back] if len(commits) > back else None


def _commits(teller: Teller) -> None:
    teller.push("main", *(teller.commit() for _ in range(teller.one_of(1, 2))))


def _deployment(teller: Teller) -> None:
    teller.deploy(teller.tip(back=teller.one_of(0, 0, 1)))


def _release(teller: Teller) -> None:
    """What is pushed is deployed, with an artifact between."""
    commit = teller.commit()
    teller.push("main", commit)
    artifact = f"pkg:oci/shop@sha256%3A{len(teller.deployments):064x}"
    if teller.one_of(True, False):
        teller.tell(published(artifact, teller.wait(), commit))
        teller.deploy(None, service="shop", artifact=artifact)
    else:
        teller.deploy(commit, service="shop", artifact=artifact)


def _pull_request(teller: Teller) -> None:
    """Commits on a branch, a review, and one of the ways to merge them."""
    teller.pulls += 1
    number, branch = teller.pulls, teller.one_of(f"topic-{teller.pulls}", "topic", "hotfix/x")
    own = [teller.commit() for _ in range(teller.one_of(1, 2))]
    if teller.one_of(True, True, False):
        teller.push(branch, *own)
    told: dict[str, Any] = {"author": "ann", "title": f"Change {number}"}
    if teller.one_of(False, False, True) and number > 1:
        told["title"] = f'Revert "Change {number - 1}"'
    teller.tell(change("created", number, teller.wait(), head_branch=branch, **told))
    if teller.one_of(True, False):
        teller.tell(change("reviewed", number, teller.wait(), reviewer=teller.one_of("bob", "ann")))
    if teller.one_of(True, False, False) and (behind := teller.tips.get("main", [])[-2:]):
        own.append(teller.commit())
        teller.push(branch, *behind, own[-1], merge=own[-1:])
    how = teller.one_of("squash", "rebase", "merge", "untold")
    told |= {"head": own[-1], "head_branch": branch, "commits": teller.one_of(len(own), None)}
    if how == "squash":
        landed, merge = [teller.commit()], []
    elif how == "rebase":
        landed, merge = [teller.commit() for _ in own], []
    else:
        tip = teller.commit()
        landed, merge = [*own, tip], [tip]
    if how == "untold":
        teller.tell(change("merged", number, teller.wait(), **told))
        return
    teller.push("main", *landed, merge=merge)
    teller.tell(change("merged", number, teller.hour, landed[-1], **told))
    if teller.one_of(True, False):
        teller.deploy(landed[-1], service="shop")


def _queue(teller: Teller) -> None:
    """A merge queue pushes two at once."""
    landed = [teller.commit(), teller.commit()]
    teller.push("main", *landed)
    for commit in landed:
        teller.pulls += 1
        count = teller.one_of(1, 2, None)
        teller.tell(change("merged", teller.pulls, teller.hour, commit, commits=count))


def _rollback(teller: Teller) -> None:
    commit = teller.tip(back=teller.one_of(1, 2))
    kind = teller.one_of("service.rolledback", "service.deployed")
    teller.deploy(commit, service="shop", kind=kind)


def _failure(teller: Teller) -> None:
    name = f"d{len(teller.deployments)}"
    teller.deployments.append(name)
    teller.tell(failed(name, teller.wait(), teller.tip()))
    if teller.one_of(True, False):
        teller.deploy(teller.tip(), service="shop")


def _incident(teller: Teller) -> None:
    """Detected; then maybe mended by a deployment, resolved, detected again."""
    name = f"i{len(teller.incidents)}"
    teller.incidents.append(name)
    about: dict[str, Any] = {
        "service": teller.one_of("shop", "shop", None, "pay"),
        "environment": teller.one_of("production", "production", "staging"),
    }
    if teller.deployments and teller.one_of(False, False, True):
        about["deployments"] = [teller.one_of(*teller.deployments)]
    if (tip := teller.tip()) is not None and teller.one_of(False, False, True):
        about["rootCause"] = tip.encode().hex().ljust(40, "0")
    teller.tell(incident("detected", name, teller.wait(), **about))
    ends = teller.one_of("resolved", "mended", "open", "reopened", "retracted")
    if ends == "mended":
        fixes = {"fixes": [name]} if teller.one_of(False, True) else {}
        teller.deploy(teller.tip(), service="shop", **fixes)
    if ends != "open":
        retracted = True if ends == "retracted" else None
        teller.tell(incident("resolved", name, teller.wait(), retracted=retracted, **about))
    if ends == "reopened":
        teller.tell(incident("detected", name, teller.wait(), **about))


def _hotfix(teller: Teller) -> None:
    """A branch off what is deployed, deployed from there."""
    branch, fix = "hotfix/x", teller.commit()
    if (start := teller.tip(back=1)) is not None:
        teller.tell(pushed(teller.wait(), branch=branch, after=start))
    teller.push(branch, fix)
    teller.deploy(fix, service="shop")


def _forced(teller: Teller) -> None:
    teller.push("main", teller.commit(), forced=True)
    if teller.one_of(True, False):
        teller.deploy(teller.tip(), service="shop")


def _promotion(teller: Teller) -> None:
    """What main has comes to another branch, and is deployed from there."""
    if (tip := teller.tip()) is not None:
        teller.push("live", tip)
        teller.deploy(tip)


def _of_two_repositories(teller: Teller) -> None:
    commit = teller.commit()
    teller.tell(pushed(teller.wait(), commit, repository=LIBRARY))
    both = [{"repository": LIBRARY, "commit": commit.encode().hex().ljust(40, "0")}]
    teller.deploy(teller.tip(), service="shop", commits=both)


def _correction(teller: Teller) -> None:
    if not teller.deployments:
        return
    what, thing = "change", f"{REPOSITORY}/pulls/{max(1, teller.pulls)}"
    if teller.incidents and teller.one_of(False, True):
        what, thing = teller.one_of("incident", "fix"), teller.one_of(*teller.incidents)
    deployment, linked = teller.one_of(*teller.deployments[::-1]), teller.one_of(True, False)
    teller.tell(corrected(what, thing, deployment, teller.wait(), linked=linked))


_STEPS: tuple[Callable[[Teller], None], ...] = (
    _release, _release, _commits, _deployment, _deployment, _pull_request, _pull_request,
    _incident, _rollback, _failure, _queue, _hotfix, _forced, _promotion, _of_two_repositories,
    _correction,
)  # fmt: skip


@st.composite
def stories(draw: st.DrawFn, max_steps: int = 12) -> list[CDEvent]:
    """The events of a story, in the order in which they happened; it begins with a deployment."""
    teller = Teller(draw)
    _release(teller)
    for step in draw(st.lists(st.sampled_from(_STEPS), min_size=4, max_size=max_steps)):
        step(teller)
    return teller.events
