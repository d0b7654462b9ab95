"""The example that the pages of the metrics compute: three weeks of one shop."""

from __future__ import annotations

from streamgauge import CDEvent
from tests.dora.world import change, deployed, failed, incident, published, pushed, sha

_IMAGE = "pkg:oci/shop@sha256:{0:064x}?repository_url=registry.example/shop"


def image(number: int) -> str:
    """The artifact of a version."""
    return _IMAGE.format(number)


def events() -> list[CDEvent]:
    """From Monday, 5 January 2026, 9:00 UTC, the hour 0."""
    return [
        # The shop is deployed for the first time.
        pushed(-2, "a", written={"a": -3}),
        published(image(1), 0, "a"),
        deployed("first", 1, "a", artifact=image(1)),
        # Tuesday: a pull request of two commits is squashed, built, and deployed to both
        # environments.
        pushed(3, "x1", branch="topic", written={"x1": 2}),
        change("created", 1, 4, head_branch="topic", author="ann"),
        pushed(21, "x2", branch="topic", written={"x2": 20}),
        change("reviewed", 1, 22, reviewer="bob", author="ann"),
        pushed(24, "s1", written={"s1": 24}),
        change("merged", 1, 24, "s1", head="x2", head_branch="topic", commits=2, title="Pay"),
        published(image(2), 25, "s1"),
        deployed("staged", 26, "s1", artifact=image(2), environment="staging"),
        deployed("second", 28, "s1", artifact=image(2), kind="service.upgraded"),
        # Wednesday: two commits without a pull request, in two pushes, are deployed together. That
        # breaks something, and is rolled back.
        pushed(48, "b", written={"b": 46}),
        pushed(50, "c", written={"c": 49}),
        published(image(3), 51, "c"),
        deployed("third", 52, "c", artifact=image(3), kind="service.upgraded"),
        incident("detected", "incident-1", 53, rootCause=sha("c"), title="Nobody can pay"),
        deployed("back", 54, "s1", artifact=image(2), kind="service.rolledback"),
        incident("resolved", "incident-1", 56, rootCause=sha("c"), title="Nobody can pay"),
        # Thursday: the fix; its first attempt fails.
        pushed(73, "f1", branch="hotfix/pay", written={"f1": 72}),
        change("created", 2, 73, head_branch="hotfix/pay", author="bob"),
        pushed(75, "s2", written={"s2": 75}),
        change(
            "merged", 2, 75, "s2", head="f1", head_branch="hotfix/pay", commits=1, labels=["hotfix"]
        ),
        published(image(4), 76, "s2"),
        failed("attempt", 77, "s2", artifact=image(4)),
        deployed("fourth", 78, "s2", artifact=image(4), kind="service.upgraded"),
        # The Tuesday after: one commit more, and an incident two days later that says nothing.
        pushed(190, "d", written={"d": 189}),
        published(image(5), 191, "d"),
        deployed("fifth", 192, "d", artifact=image(5), kind="service.upgraded"),
        incident("detected", "incident-2", 240, title="Slow"),
        incident("resolved", "incident-2", 246, title="Slow"),
    ]
