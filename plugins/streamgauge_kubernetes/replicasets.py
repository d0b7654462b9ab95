"""The deployment controller's messages about ReplicaSets, read for rollouts.

For each pod template of a Deployment the controller keeps a ReplicaSet, and it writes a core/v1
Event whenever it scales one. Most of these are about scaling. A rollout shows in one of them: a
ReplicaSet that had no pods gets some while another was the current one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamgauge.timestamps import format_rfc3339
from streamgauge_kubernetes.accessors import at, instant, items, mapping, text, whole
from streamgauge_kubernetes.workload import Identity, name_in

# Older controllers end with "to 3", later ones with "to 3 from 1" or "from 1 to 3". What comes
# before the sentence is the client library's, where it folded similar messages into one.
_SCALED = re.compile(
    r"Scaled (up|down) replica set (\S{1,300}) "
    r"(?:from (\d{1,9}) to (\d{1,9})|to (\d{1,9})(?: from (\d{1,9}))?)(?!\S)",
    re.ASCII,
)
REMEMBERED = 50
"""How many ReplicaSets, and how many messages, are remembered of one Deployment."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """One message: a ReplicaSet of a Deployment was scaled."""

    deployment: Identity
    template: str
    """The hash of the pod template, from the ReplicaSet's name."""
    up: bool
    before: int | None
    """None where the message does not say."""
    after: int
    at: datetime | None
    occurrence: str
    """The same for the same message delivered again."""


def read_scaling(data: object) -> Scaling | None:
    """What a core/v1 Event says about a Deployment's ReplicaSet; None where it says nothing."""
    event = mapping(data)
    involved = mapping(event.get("involvedObject"))
    if (
        event.get("apiVersion") != "v1"
        or event.get("kind") != "Event"
        or event.get("reason") != "ScalingReplicaSet"
        or involved.get("kind") != "Deployment"
    ):
        return None
    namespace, name = name_in(involved.get("namespace")), name_in(involved.get("name"))
    message = text(event.get("message"))
    match = _SCALED.search(message) if message is not None else None
    if namespace is None or name is None or match is None:
        return None
    template = name_in(match[2].removeprefix(f"{name}-"))
    if template is None:
        return None
    before = match[3] or match[6]
    return Scaling(
        deployment=Identity("Deployment", namespace, name, name_in(involved.get("uid"))),
        template=template,
        up=match[1] == "up",
        before=None if before is None else int(before),
        after=int(match[4] or match[5]),
        at=_time_of(event),
        occurrence=_occurrence(event, match[0]),
    )


def follow(scaling: Scaling, state: Mapping[str, Any] | None) -> tuple[str | None, dict[str, Any]]:
    """The kind of CDEvent that the message means, if any, and the state after it."""
    known = _load(state)
    if scaling.occurrence in known.handled:
        return None, known.dump()
    known.handled.append(scaling.occurrence)
    if scaling.at is not None and known.since is not None and scaling.at < known.since:
        return None, known.dump()  # from before the last rollout
    kind: str | None = None
    if scaling.up:
        kind = _scaled_up(scaling, known)
    elif scaling.template not in known.seen:
        known.seen.insert(0, scaling.template)  # it ran before we listened
    known.replicas.pop(scaling.template, None)
    known.replicas[scaling.template] = scaling.after
    return kind, known.dump()


@dataclass(slots=True)
class _Known:
    """What is remembered of one Deployment's ReplicaSets."""

    current: str | None
    since: datetime | None
    """When the current one was last scaled up."""
    seen: list[str]
    """All that were the current one, or ran before we listened; the latest is the last."""
    replicas: dict[str, int]
    handled: list[str]

    def make_current(self, template: str, moment: datetime | None) -> None:
        self.current, self.since = template, moment or self.since
        self.seen = [*(each for each in self.seen if each != template), template]

    def dump(self) -> dict[str, Any]:
        # Pairs and not an object: a store may sort an object's members, and the oldest goes first.
        replicas = [list(pair) for pair in self.replicas.items()]
        return {
            "current": self.current,
            "since": None if self.since is None else format_rfc3339(self.since),
            "seen": self.seen[-REMEMBERED:],
            "replicas": replicas[-REMEMBERED:],
            "handled": self.handled[-REMEMBERED:],
        }


def _load(state: Mapping[str, Any] | None) -> _Known:
    return _Known(
        current=text(at(state, "current")),
        since=instant(at(state, "since")),
        seen=list(items(at(state, "seen"))),
        replicas=dict(items(at(state, "replicas"))),
        handled=list(items(at(state, "handled"))),
    )


def _scaled_up(scaling: Scaling, known: _Known) -> str | None:
    template = scaling.template
    before = known.replicas.get(template) if scaling.before is None else scaling.before
    kind: str | None = None
    if template != known.current:
        if known.current is None and (before or template in known.seen):
            pass  # it ran before we listened, and there is no telling since when
        elif before:
            return None  # an old one that grows with the Deployment, in the midst of a rollout
        else:
            kind = _rollout(template, known.seen)
    known.make_current(template, scaling.at)
    return kind


def _rollout(template: str, seen: list[str]) -> str:
    if not seen:
        return "service.deployed"
    return "service.rolledback" if template in seen else "service.upgraded"


def _time_of(event: Mapping[str, Any]) -> datetime | None:
    for name in ("eventTime", "lastTimestamp", "firstTimestamp"):
        if (moment := instant(event.get(name))) is not None:
            return moment
    return None


def _occurrence(event: Mapping[str, Any], sentence: str) -> str:
    """The Event object and how often it was counted: each time, the controller acted anew."""
    metadata = mapping(event.get("metadata"))
    name = name_in(metadata.get("uid")) or name_in(metadata.get("name"))
    when = None if name is not None else event.get("lastTimestamp") or event.get("firstTimestamp")
    count = whole(event.get("count")) or 1
    return " ".join((name or text(when) or "unnamed", str(count), sentence))
