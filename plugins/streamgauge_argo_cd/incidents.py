"""Incidents: from when an Application is degraded until it is healthy again."""

from __future__ import annotations

from datetime import datetime

from streamgauge import CDEvent
from streamgauge.sources.fields import instant, stamp
from streamgauge_argo_cd.announce import Announcer
from streamgauge_argo_cd.memory import Memory


def degraded(since: datetime, announcer: Announcer, memory: Memory) -> list[CDEvent]:
    """incident.detected; nothing where it lies within an incident that is known.

    One that is heard of only after the Application was healthy again is over at once.
    """
    if any(_covers(incident, since) for incident in memory.incidents):
        return []
    by_operation = memory.attempted == stamp(announcer.notice.finished)
    made = [announcer.detected(since, by_operation=by_operation)]
    healthy = instant(memory.healthy)
    if healthy is not None and healthy > since:
        memory.incidents.insert(0, [stamp(since), stamp(healthy)])
        return [*made, announcer.resolved(since, healthy)]
    memory.incidents.append([stamp(since)])
    return made


def healthy(since: datetime, announcer: Announcer, memory: Memory) -> list[CDEvent]:
    """incident.resolved for the one that is open."""
    last = instant(memory.healthy)
    if last is None or since > last:
        memory.healthy = stamp(since)
    made = []
    for incident in memory.incidents:
        began = instant(incident, 0)
        if len(incident) == 1 and began is not None and began < since:
            incident.append(stamp(since))
            made.append(announcer.resolved(began, since))
    return made


def _covers(incident: list[str], at: datetime) -> bool:
    began, ended = instant(incident, 0), instant(incident, 1)
    return ended is None or (began is not None and began <= at < ended)
