"""What is wrong with stages: nobody at work, behind, stopped, made of something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streamgauge.doctor.finding import Finding
from streamgauge.replay.chain import CDEVENTS
from streamgauge.replay.status import StageStatus

LAG_SECONDS = 300.0
"""So long may an event wait for a stage."""


def nobody_at_work(found: Sequence[StageStatus]) -> Iterator[Finding]:
    """Stages whose lease nobody holds."""
    idle = [item.name for item in found if item.holder is None]
    if idle:
        yield Finding(
            "no-worker",
            "no worker is at work on it: events are kept, and nothing is made of them",
            ", ".join(idle),
            "streamgauge serve, or streamgauge serve --role worker; if one runs, its log says more",
        )


def stages_in_trouble(found: Sequence[StageStatus]) -> Iterator[Finding]:
    """Each stage that has stopped, has parked events, is behind, or is not what it should be."""
    for item in found:
        if item.blocked is not None:
            yield Finding(
                "blocked-stage",
                f"it has stopped: {item.blocked}",
                item.name,
                "streamgauge dead-letters list, then retry or skip",
            )
        elif item.lag_seconds > LAG_SECONDS:
            yield Finding(
                "lag",
                f"{item.lag:,} events wait for it, the oldest for {item.lag_seconds:,.0f} s",
                item.name,
                "streamgauge status --watch shows whether it catches up; a worker has to run",
            )
        if item.parked and item.blocked is None:
            yield Finding(
                "dead-letters",
                f"{item.parked:,} events could not be handled, and wait",
                item.name,
                "streamgauge dead-letters list, then retry or skip",
            )
        yield from _replays(item)


def _replays(item: StageStatus) -> Iterator[Finding]:
    command = f"streamgauge replay {'--from cloudevents' if item.name == CDEVENTS else item.name}"
    if item.definition_error is not None:
        yield Finding("definition-unreadable", item.definition_error, item.name, "mend the file")
    elif item.replay_due is not None:
        yield Finding("replay-due", item.replay_due, item.name, command)
    if item.replay is not None and item.replay["state"] == "failed":
        what = f"the last {item.replay['action']} failed: {item.replay['error']}"
        yield Finding("replay-failed", what, item.name, command)
