"""The generated histories have in them what the properties are about."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings

from streamgauge import CDEvent
from streamgauge.postgres.database import Database
from tests.dora.asking import ask
from tests.dora.histories import histories
from tests.dora.world import World

EXAMPLES = 100
# How many of a hundred histories have it, at least.
OFTEN = {
    "a change linked to a deployment that shipped it": 80,
    "a change of a baseline": 80,
    "a change whose commits a force-push may have taken": 8,
    "a link by commit": 80,
    "a link by branch": 60,
    "a link that a tool gives": 15,
    "a link that somebody has corrected": 4,
    "a merged change with several commits": 10,
    "change_lead_time": 70,
    "change_fail_rate": 30,
    "failed_deployment_recovery_time": 20,
    "deployment_rework_rate": 20,
}
RULES = {
    "a link by commit": "commit",
    "a link by branch": "branch",
    "a link that a tool gives": "given",
    "a link that somebody has corrected": "corrected",
}


def seen(world: World) -> set[str]:
    """What there is in a world."""
    links = {(rule, left_out) for _, rule, left_out in world.links().values()}
    rules, left_out = {rule for rule, _ in links}, {why for _, why in links}
    commits = Counter(row[1] for row in world.rows("change_commits") if row[5])
    everything = {"from": "2026-01-05", "to": "2026-06-01"}
    found = {
        "a change linked to a deployment that shipped it": None in left_out,
        "a change of a baseline": "first_deployment" in left_out,
        "a change whose commits a force-push may have taken": "history_rewritten" in left_out,
        "a merged change with several commits": max(commits.values(), default=0) > 1,
        **{name: rule in rules for name, rule in RULES.items()},
        **{
            metric: bool(ask(world, metric, **everything)[member])
            for metric, member in (
                ("change_lead_time", "n"),
                ("change_fail_rate", "failed"),
                ("failed_deployment_recovery_time", "n"),
                ("deployment_rework_rate", "rework"),
            )
        },
    }
    return {name for name, there in found.items() if there}


def test_they_have_what_the_properties_are_about(shared_database: Database) -> None:
    counts: Counter[str] = Counter()

    @given(events=histories())
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def count(events: list[CDEvent]) -> None:
        world = World(shared_database)
        world.tell(events)
        counts.update(seen(world))

    count()
    rare = {name: counts[name] for name, least in OFTEN.items() if counts[name] < least}
    assert not rare
