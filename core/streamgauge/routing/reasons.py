"""Why an event goes where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from streamgauge.cloudevents import Event
from streamgauge.routing.rules import Seen
from streamgauge.routing.table import RoutingTable


@dataclass(frozen=True, slots=True)
class Reasons:
    """Where one event goes, and why not elsewhere."""

    event: Event
    key: str | None
    """The key of the table's types that the event falls under; None without one."""
    targets: dict[str, list[str]]
    """Each target in the order in which they are called, with what names it."""
    others: dict[str, str]
    """Each rule that does not match, with the first filter or condition that is not met."""

    def as_json(self) -> dict[str, Any]:
        """The same, for an answer."""
        event = self.event
        return {
            "event": {"source": event.source, "id": event.id, "type": event.type},
            "key": self.key,
            "targets": [{"target": t, "because": why} for t, why in self.targets.items()],
            "not_matched": [{"rule": rule, "because": why} for rule, why in self.others.items()],
        }


def reasons(table: RoutingTable, event: Event) -> Reasons:
    """What the router would do with the event, and why."""
    key = table.key_of(event.type)
    targets = {target: [f"type {key}"] for target in table.targets(event.type)}
    others = {}
    seen = Seen(event.state)
    for rule in table.rules.all if table.rules else ():
        fault = rule.fault(seen)
        if fault is not None:
            others[rule.label] = fault
            continue
        for target in rule.to:
            targets.setdefault(target, []).append(rule.label)
    return Reasons(event, key, targets, others)
