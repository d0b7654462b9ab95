"""CDEvents for both metrics of the example."""

from __future__ import annotations

from typing import Any

from streamgauge import CDEvent, cdevents
from tests.dora.world import REPOSITORY, at, change, deployed, failed, pushed

TOLD = [
    pushed(0, "a"),
    deployed("baseline", 1, "a"),
    # Two changes: a pull request of two commits, and a commit that came without one.
    change("merged", 1, 3, "c", commits=2),
    pushed(3, "b", "bb", "c", merge=["c"]),
    pushed(4, "d"),
    deployed("two", 5, "d"),
    pushed(24, "e"),
    deployed("one", 25, "e"),
    deployed("back", 26, "d", kind="service.rolledback"),
    deployed("elsewhere", 27, "e", environment="staging"),
    deployed("unknown", 28, service="pay"),
    pushed(200, "f", "g", "h"),
    failed("tried", 200.5, "h"),
    deployed("three", 201, "h"),
    deployed("told", 202, service="pay", environment="eu", production=True),
]


def run(done: str, number: int, hours: float, outcome: str | None = None, **more: Any) -> CDEvent:
    """A run of a pipeline has started or finished."""
    custom = {"repository": REPOSITORY, **more}
    return cdevents.new(
        f"pipelinerun.{done}",
        id=f"run {number} {done} {hours}",
        source="/pipelines",
        timestamp=at(hours),
        subject_id=f"/pipelines/{number}",
        content={
            "pipelineName": "build",
            "uri": f"https://git.example/runs/{number}",
            "outcome": outcome,
        },
        custom_data=custom,
    )


RUNS = [
    run("finished", 1, 0.5, "success"),
    run("started", 1, 0),
    run("started", 2, 1, repository="https://git.example/acme/pay"),
    run("finished", 2, 2.5, "success", repository="git@git.example:acme/pay.git"),
    run("started", 3, 3),
    run("finished", 3, 3.25, "failure"),
    run("finished", 4, 4, "success"),
    run("started", 5, 6),
    run("finished", 5, 5, "success"),
    run("started", 6, 170),
    run("finished", 6, 173, "success"),
    run("started", 7, 7),
    # Started in the week before it ends.
    run("started", 8, 160),
    run("finished", 8, 180, "success"),
]
