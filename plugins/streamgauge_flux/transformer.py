"""The transformer: one state per Kustomization and HelmRelease, the revisions it has had."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.hookspecs import State
from streamgauge.sources import Deployments
from streamgauge.sources.fields import stamp, text
from streamgauge_flux.attempts import Attempt, attempt_of, removed
from streamgauge_flux.notice import Notice, notice_of
from streamgauge_flux.options import Options

APPLIED: Final = "reconciliationsucceeded"
RELEASED: Final = {
    "installsucceeded": "deployed",
    "upgradesucceeded": "upgraded",
    "rollbacksucceeded": "rolledback",
}
UNINSTALLED: Final = "uninstallsucceeded"
FAILED: Final = {
    "kustomization": frozenset(
        {
            *("reconciliationfailed", "healthcheckfailed", "buildfailed"),
            *("prunefailed", "validationfailed"),
        }
    ),
    "helmrelease": frozenset({"installfailed", "upgradefailed", "rollbackfailed", "testfailed"}),
}
"""The reasons of an attempt that failed. Where the source or a dependency was not ready, nothing
was tried."""

_SUCCEEDED: Final = {"kustomization": {APPLIED}, "helmrelease": {*RELEASED, UNINSTALLED}}


class FluxTransformer:
    """Tells revisions from everything else that Flux says of its objects."""

    name = "flux"

    def __init__(self, options: Options) -> None:
        self._options = options

    def state_key(self, event: CloudEvent) -> str | None:
        """The object, where the event says that something was deployed, removed or failed."""
        notice = notice_of(event)
        if notice is None or not _matters(notice):
            return None
        return json.dumps([notice.told.source, notice.uid])

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """At most one CDEvent, and the revisions there were."""
        notice = notice_of(event)
        if notice is None:
            return [], state
        known = Deployments(state)
        if notice.reason == UNINSTALLED:
            return ([removed(notice, self._options)] if _was_there(notice, known) else []), state
        attempt = attempt_of(notice, self._options)
        if attempt is None:
            return [], state
        if notice.reason in FAILED[notice.kind]:
            return _failed(attempt, known), state
        done = _done(attempt, known)
        return ([] if done is None else [attempt.succeeded(done)]), known.state()


def _matters(notice: Notice) -> bool:
    return notice.reason in _SUCCEEDED[notice.kind] or notice.reason in FAILED[notice.kind]


def _done(attempt: Attempt, known: Deployments) -> str | None:
    """What the success was. A Kustomization says at each interval what it has applied."""
    notice = attempt.notice
    at = notice.at or notice.told.time
    if notice.kind == "kustomization":
        return known.add_change(at, attempt.version, stamp(at))
    said = RELEASED.get(notice.reason)
    done = known.add(at, attempt.version, f"{notice.reason} {stamp(at)}")
    # Whoever goes back in git upgrades to an older chart.
    return done if said == "upgraded" and done == "rolledback" else said


def _failed(attempt: Attempt, known: Deployments) -> list[CDEvent]:
    """Nothing where the revision was deployed: what fails later is no deployment."""
    notice = attempt.notice
    at = notice.at or notice.told.time
    if notice.kind == "kustomization" and known.before(at) == attempt.version:
        return []
    return [attempt.failed()]


def _was_there(notice: Notice, known: Deployments) -> bool:
    """Flux also uninstalls what could not be installed."""
    message = text(notice.data, "message") or ""
    return known.latest is not None or "remediation" not in message
