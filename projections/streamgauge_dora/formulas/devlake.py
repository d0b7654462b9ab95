"""Change lead time as DevLake has it: the cycle times of pull requests, in minutes."""

from __future__ import annotations

from datetime import datetime

from streamgauge_dora.asking.statistics import rounded
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.formulas.lead_time import Changes, Times


class PullRequests(Changes):
    """Merged pull requests, each at the first deployment of those that have it, by when that began.

    The first deployment of a service in an environment has none: another one of a change that it
    held counts.
    """

    first_by = "coalesce(d.started_at, d.finished_at)"
    left_out = "coalesce(l.left_out, case when h.commit_sha is null then 'no_merge_commit' end)"
    only_merged = True

    def amount(self, times: Times, section: Section) -> float:
        """The sum of coding, of created to merged, and of deploy, each rounded by itself; one that
        is unknown or below zero adds nothing."""
        spans = (
            _span(times.first_commit, times.created, section),
            _span(times.created, times.merged, section),
            _span(times.merged, times.deployed, section),
        )
        return sum(span or 0.0 for span in spans)

    def stages(self, times: Times, kind: str, section: Section) -> tuple[float | None, ...]:
        """Coding, pickup, review and deploy, rounded too: they need not add up to the sum."""
        return (
            _span(times.first_commit, times.created, section),
            _span(times.created, times.reviewed, section),
            _span(times.reviewed, times.merged, section),
            _span(times.merged, times.deployed, section),
        )

    def goes_on(self, left_out: str | None) -> bool:
        """A deployment without one before it has nothing to be compared with."""
        return left_out == "first_deployment"


def _span(first: datetime | None, last: datetime | None, section: Section) -> float | None:
    """Seconds. It is rounded first, so that less than a minute below zero is zero."""
    if first is None or last is None:
        return None
    return rounded((last - first).total_seconds(), section.text("rounding", "none"))
