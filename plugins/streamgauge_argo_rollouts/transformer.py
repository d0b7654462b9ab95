"""The transformer: one state per Rollout, the images that each container has had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.hookspecs import State
from streamgauge.sources import Deployments
from streamgauge.sources.fields import flag, items, mapping, text
from streamgauge_argo_rollouts.announce import Announcer
from streamgauge_argo_rollouts.notices import Notice, notice_of
from streamgauge_argo_rollouts.options import Options

REMEMBERED: Final = 50
"""How many revisions that failed are remembered of one Rollout."""

Result = tuple[Iterable[CDEvent], State | None]


class RolloutTransformer:
    """Tells which images a Rollout has brought, or failed to bring, to all the traffic."""

    name = "argo-rollouts"

    def __init__(self, options: Options) -> None:
        self._options = options

    def state_key(self, event: CloudEvent) -> str | None:
        """The Rollout, where the event says that something came to an end."""
        notice = notice_of(event, self._options)
        if notice is None or not (notice.removed or notice.completed or notice.failed):
            return None
        return f"{notice.told.source} {notice.rollout.uid}"

    def transform_with_state(self, event: CloudEvent, state: State | None) -> Result:
        """The CDEvents, one for each container that changed, and what the images were."""
        notice = notice_of(event, self._options)
        if notice is None or flag(state, "gone"):
            return [], state  # a uid never comes back
        if notice.removed:
            return self._removed(notice, state), {"gone": True}
        if notice.completed:
            return self._completed(notice, state)
        return self._failed(notice, state) if notice.failed else ([], state)

    def _completed(self, notice: Notice, state: State | None) -> Result:
        rollout = notice.rollout
        at = notice.at or rollout.completed_at
        histories = _histories(state)
        late = _is_later(text(state, "revision"), rollout.revision)
        announcer = self._announcer(notice, state)
        made = []
        for each in rollout.containers:
            known = Deployments(histories.get(each.name))
            done = known.add_change(at or notice.told.time, each.version, rollout.revision)
            histories[each.name] = known.state()
            if done is not None:
                kind = f"service.{done}"
                made.append(announcer.announce(kind, each.name, each, "completed", at))
        present = {each.name for each in rollout.containers}
        for name in [] if late or not present else sorted(set(histories) - present):
            del histories[name]
            made.append(announcer.announce("service.removed", name, None, "removed", at))
        revision = text(state, "revision") if late else rollout.revision
        changed = {"containers": histories, "revision": revision, "main": announcer.main}
        return made, {**(state or {}), **changed}

    def _failed(self, notice: Notice, state: State | None) -> Result:
        """Once per revision, for the containers whose image did not serve already."""
        rollout, histories = notice.rollout, _histories(state)
        failed = [each for each in items(state, "failed") if isinstance(each, str)]
        if rollout.revision in failed:
            return [], state
        announcer = self._announcer(notice, state)
        at = notice.at or rollout.failed_at
        made = [
            announcer.announce(DEPLOYMENT_FAILED, each.name, each, "failed", at)
            for each in rollout.containers
            if Deployments(histories.get(each.name)).latest != each.version
        ]
        return made, {**(state or {}), "failed": [*failed, rollout.revision][-REMEMBERED:]}

    def _removed(self, notice: Notice, state: State | None) -> list[CDEvent]:
        """The services that ended: those deployed, or if none was heard of, those that served."""
        rollout, announcer = notice.rollout, self._announcer(notice, state)
        names = sorted(_histories(state))
        if state is None and rollout.had_pods:
            names = [each.name for each in rollout.containers]
        return [
            announcer.announce("service.removed", name, None, "deleted", rollout.removed_at)
            for name in names
        ]

    def _announcer(self, notice: Notice, state: State | None) -> Announcer:
        return Announcer(notice, self._options, notice.rollout.main(text(state, "main")))


def _histories(state: State | None) -> dict[str, Mapping[str, Any]]:
    return dict(mapping(state, "containers"))


def _is_later(known: str | None, revision: str) -> bool:
    """Whether a later revision than this one has completed."""
    if known is None or not (known.isdecimal() and revision.isdecimal()):
        return False
    return int(known[:18]) > int(revision[:18])
