"""Change lead time as DevLake has it: the cycle times of pull requests, in minutes."""

from __future__ import annotations

from collections.abc import Sequence

from streamgauge_dora.defining.sections import Section
from streamgauge_dora.formulas.lead_time import Changes
from streamgauge_dora.formulas.lead_time_sql import rounded, seconds


class PullRequests(Changes):
    """Merged pull requests, each at the first deployment of those that have it, by when that began.

    The first deployment of a service in an environment has none: another one of a change that it
    held counts.
    """

    first_by = "coalesce(d.started_at, d.finished_at)"
    one_by_one = True
    only_merged = True

    def amount(self, section: Section) -> str:
        """The sum of coding, of created to merged, and of deploy, each rounded by itself; one that
        is unknown or below zero adds nothing."""
        spans = (
            _span("h.first_commit_at", "h.created_at", section),
            _span("h.created_at", "h.merged_at", section),
            _span("h.merged_at", "l.deployed_at", section),
        )
        return " + ".join(f"coalesce({span}, 0)" for span in spans)

    def stages(self, section: Section) -> Sequence[str]:
        """Coding, pickup, review and deploy, rounded too: they need not add up to the sum."""
        return (
            _span("h.first_commit_at", "h.created_at", section),
            _span("h.created_at", "h.first_reviewed_at", section),
            _span("h.first_reviewed_at", "h.merged_at", section),
            _span("h.merged_at", "l.deployed_at", section),
        )

    def left_out(self, section: Section, link: str = "l") -> str:
        """Nothing is known of one of which nobody told what it was merged as."""
        no_commit = "case when h.commit_sha is null then 'no_merge_commit' end"
        return f"coalesce({link}.left_out, {no_commit})"

    def goes_on(self, left_out: str | None) -> bool:
        """A deployment without one before it has nothing to be compared with."""
        return left_out == "first_deployment"


def _span(first: str, last: str, section: Section) -> str:
    """Seconds. It is rounded first, so that less than a minute below zero is zero."""
    return rounded(seconds(first, last), section.text("rounding", "none"))
