"""What a change of a ticket means for the incident that it is, was, or has become."""

from __future__ import annotations

from typing import Literal

Turn = Literal["detected", "again", "resolved", "retracted"]
"""``again`` is an incident that was over and is not; ``retracted`` one that is none after all."""


def turns(*, was: bool, now: bool, was_over: bool, over: bool) -> list[Turn]:
    """What happened to the incident, in order.

    `was` and `now` say whether the ticket was one before the change and is one after it, `was_over`
    and `over` whether it was done. A ticket that is new was none.
    """
    if not was:
        # It was an incident from the start, whenever somebody calls it so, and may be over by then.
        found: list[Turn] = ["detected", "resolved"] if over else ["detected"]
        return found if now else []
    if not now:
        return ["retracted"]
    if was_over == over:
        return []
    return ["resolved"] if over else ["again"]
