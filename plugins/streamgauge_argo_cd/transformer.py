"""The transformer: one state per Application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.hookspecs import State
from streamgauge.sources.fields import flag
from streamgauge_argo_cd.announce import Announcer
from streamgauge_argo_cd.incidents import degraded, healthy
from streamgauge_argo_cd.memory import Memory, load
from streamgauge_argo_cd.notice import Notice, notice_of
from streamgauge_argo_cd.options import Options
from streamgauge_argo_cd.rollouts import deployed, is_named, unsuccessful

_FAILED: Final = frozenset({"Failed", "Error"})
_HEALTH: Final = frozenset({"Healthy", "Degraded"})


class ArgoCDTransformer:
    """Tells deployments, failures and incidents from everything else that Argo CD notifies of."""

    name = "argo-cd"

    def __init__(self, options: Options) -> None:
        self._options = options

    def state_key(self, event: CloudEvent) -> str | None:
        """The Application; None while nothing is decided."""
        notice = notice_of(event)
        if notice is None or not _matters(notice):
            return None
        return f"{notice.told.source} {notice.uid}"

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """The CDEvents, and what to remember of the Application."""
        notice = notice_of(event)
        if notice is None or flag(state, "gone"):
            return [], state  # a uid never comes back
        memory, announcer = load(state), Announcer(notice, self._options)
        if notice.deleted_at is not None:
            return _removed(notice, announcer, memory), {"gone": True}
        made = [*_outcome(notice, announcer, memory), *_health(notice, announcer, memory)]
        return made, memory.dump() or None


def _matters(notice: Notice) -> bool:
    decided = notice.phase in _FAILED or notice.health in _HEALTH
    return decided or notice.deleted_at is not None


def _outcome(notice: Notice, announcer: Announcer, memory: Memory) -> list[CDEvent]:
    if notice.phase in _FAILED and notice.finished is not None:
        return [announcer.failed()]
    if notice.phase != "Succeeded":
        return []
    if notice.health == "Healthy":
        return deployed(notice, announcer, memory)
    return unsuccessful(notice, announcer, memory) if notice.health == "Degraded" else []


def _health(notice: Notice, announcer: Announcer, memory: Memory) -> list[CDEvent]:
    since = notice.health_since
    if since is None or notice.health not in _HEALTH:
        return []
    tell = degraded if notice.health == "Degraded" else healthy
    return tell(since, announcer, memory)


def _removed(notice: Notice, announcer: Announcer, memory: Memory) -> list[CDEvent]:
    """The Application's service, and those of its further images."""
    known = sorted(memory.images) if len(memory.images) > 1 else []
    main = [each for each in known if is_named(each, notice.name)]
    further = [announcer.service_of(each) for each in known if each not in main[:1]]
    at = notice.deleted_at
    return [announcer.removed(each, at) for each in dict.fromkeys([announcer.service, *further])]
