"""Issues that are incidents: because an alert rule was triggered by them, or by their level.

What ends an issue does not say whether it was ever an incident, so that is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from streamgauge import CDEvent, CloudEvent
from streamgauge.hookspecs import State
from streamgauge.sources import Told, incident
from streamgauge.sources.fields import stamp
from streamgauge_sentry.hooks import Said, What, said_by
from streamgauge_sentry.memory import Memory
from streamgauge_sentry.options import Options
from streamgauge_sentry.receiver import ANYWHERE


class IssueTransformer:
    """incident.detected and incident.resolved of issues that are incidents.

    Whatever order the hooks come in, the same CDEvents come of all of them.
    """

    name = "sentry-issues"

    def __init__(self, options: Options) -> None:
        self._options = options

    def state_key(self, event: CloudEvent) -> str | None:
        """The issue."""
        said = said_by(event, self._options)
        return None if said is None else said.issue

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """What is known of the incident now and was not before."""
        said = said_by(event, self._options)
        if said is None:
            return [], state
        memory = Memory(state)
        begins = [said.since] if said.since is not None else []
        if said.what == "begins":
            begins.append(said.at)
        for at in begins:
            memory.begin(at)
        memory.hear(said)
        happened: list[tuple[datetime, What]] = [(at, "begins") for at in begins]
        happened += memory.release()
        return [self._made(said, memory, *each) for each in happened], memory.state()

    def _made(self, said: Said, memory: Memory, at: datetime, what: What) -> CDEvent:
        retracted = what == "retracted"
        # Another's time is when its hook was sent, too; only an alert's event has its own.
        inferred = said.inferred if at == said.at else what != "begins"
        return incident(
            Told(memory.site or ANYWHERE, at),
            "detected" if what in ("begins", "again") else "resolved",
            *(["retracted"] if retracted else []),
            stamp(at),
            at=None if inferred else at,
            subject=f"sentry:issue:{said.issue}",
            environment=self._options.places.environment_of(memory.environment, memory.project),
            service=self._options.places.service_of(memory.project),
            title=said.title,
            retracted=retracted,
            **said.told,
            **(said.details if at == said.at else {}),
        )
