"""An explanation: the items of an answer one by one, those that do not count with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from streamgauge_dora.asking.items import Item

REASONS: Final[Mapping[str, str]] = {
    "not_production": "the definition does not call this environment production",
    "failed_attempt": "the attempt failed: nothing was deployed",
    "kind_not_counted": "the definition does not count deployments of this kind",
    "redeployed": "what was deployed ran there already, and the definition does not count that",
    "no_push": "no push is known whose last commit is the one that was deployed",
    "no_merge_commit": "nobody told which commit it became when it was merged",
    "on_the_first_day": "the definition's calendar begins on the day after the first event of all",
    "no_commit": "it is not known of which commit it is, so what it ships is not known either",
    "first_deployment": "the service's first deployment there whose commit is known: when what is "
    "in it first got there is not known",
    "history_rewritten": "a force-push came between: whether the branch still has it is not known",
    "counted_before": "it was deployed before, and counts there",
    "no_commit_time": "nobody told when its first commit was written, nor when it was proposed",
    "no_artifact": "its artifact was never published, by the same name",
    "ends_before_it_begins": "it ends before it begins: some clock is wrong",
    "not_positive": "the definition counts only what takes longer than nothing",
    "not_deployed": "no deployment that counts has it",
    "no_service": "it names no service, which the definition asks for",
    "not_linked": "no rule leads to the deployment that it is due to",
    "not_recovered": "it is not over yet",
    "not_resolved": "it is not over yet",
    "retracted": "it turned out to be no incident",
    "never_detected": "only its end was told, not its beginning",
}
"""What the words mean that say why an item does not count."""


def told(item: Item, group_by: Sequence[str]) -> dict[str, Any]:
    """What is said of an item; `amount` is in the metric's unit."""
    detail = {
        key: str(value) if key in ("deployment", "failed") and value is not None else value
        for key, value in (item.detail or {}).items()
    }
    return {
        "counts": item.left_out is None,
        "left_out": item.left_out,
        "role": item.mark or None,
        "amount": next(iter(item.amounts), None),
        "group": dict(zip(group_by, item.key, strict=True)) if group_by else None,
        **detail,
    }
