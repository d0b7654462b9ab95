"""The transformers: calls to CDEvents."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from streamgauge import CDEvent, CloudEvent
from streamgauge.errors import InvalidInput
from streamgauge.hookspecs import State
from streamgauge.timestamps import parse_rfc3339
from streamgauge_devlake.calls import CLOSE, Scope, scope_of
from streamgauge_devlake.deployments import Deployment
from streamgauge_devlake.fields import Fields
from streamgauge_devlake.issues import Issue, Teller
from streamgauge_devlake.options import Options


class DeploymentTransformer:
    """service.deployed, or a deployment that failed, for a call about a deployment."""

    name = "devlake-deployments"

    def __init__(self, options: Options) -> None:
        self._options = options

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """One CDEvent; none for another result, or for what the receiver would have refused."""
        scope = scope_of(event.get_source())
        try:
            deployment = Deployment.read(event.get_data())
        except InvalidInput:
            return []
        made = scope and deployment.event(scope, self._options, _accepted(event))
        return [made] if made else []


class IssueTransformer:
    """incident.* and ticket.*. A call to close names only a key, so what it was is remembered.

    The state is whether the issue is an incident and open, when it was created, where it is.
    """

    name = "devlake-issues"

    def __init__(self, options: Options) -> None:
        self._options = options

    def state_key(self, event: CloudEvent) -> str | None:
        """The issue, by its scope and key."""
        found = _call(event)
        if found is None:
            return None
        scope, said = found
        return json.dumps([scope.source, said if isinstance(said, str) else said.key])

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """What has changed since the last call about the issue, in CDEvents."""
        found = _call(event)
        if found is None:
            return [], state
        scope, said = found
        teller = Teller(
            source=scope.source,
            subject=scope.issue(said if isinstance(said, str) else said.key),
            service=self._options.service(scope),
            call=event.get_id(),
            accepted=_accepted(event),
        )
        if isinstance(said, str):
            return _closed(teller, state)
        return _reported(teller, said, state), {
            "incident": said.incident,
            "open": not said.done,
            "created": said.created.isoformat(timespec="microseconds"),
            "uri": teller.uri(said),
        }


def _call(event: CloudEvent) -> tuple[Scope, Issue | str] | None:
    """Whose call it is and the issue that it reports, or the key of the one that it closes."""
    scope = scope_of(event.get_source())
    if scope is None:
        return None
    try:
        if event.get_type() == CLOSE:
            return scope, Fields(event.get_data()).needed("issueKey")
        return scope, Issue.read(event.get_data())
    except InvalidInput:
        return None


def _closed(teller: Teller, state: State | None) -> tuple[list[CDEvent], State | None]:
    """The end of an open issue, now. One that is closed or unknown stays as it is."""
    if state is None or not state["open"]:
        return [], state
    if state["incident"]:
        made = teller.incident("resolved", None, None)
    else:
        made = teller.ticket("closed", None, None, state["uri"])
    return [made], {**state, "open": False}


def _reported(teller: Teller, issue: Issue, state: State | None) -> list[CDEvent]:
    before = state if state and state["incident"] == issue.incident else None
    tell = _incident if issue.incident else _ticket
    events = tell(teller, issue, before)
    if state and before is None and state["incident"]:
        # It was taken for an incident, and is none.
        events.insert(0, teller.incident("resolved", issue.updated, issue, retracted=True))
    return events


def _incident(teller: Teller, issue: Issue, before: State | None) -> list[CDEvent]:
    """Detected when it was created; again where a closed one is open, or its key is used anew."""
    events = []
    was_open = before is not None and before["open"]
    anew = before is None or issue.created > parse_rfc3339(before["created"])
    if not was_open and (anew or not issue.done):
        at = issue.created if anew else issue.updated
        events.append(teller.incident("detected", at, issue))
    # What is told of a closed one once more may bring the time that was not known before.
    if issue.done and (events or was_open or issue.resolved):
        events.append(teller.incident("resolved", issue.resolved or issue.updated, issue))
    return events


def _ticket(teller: Teller, issue: Issue, before: State | None) -> list[CDEvent]:
    uri = teller.uri(issue)
    events = []
    if before is None:
        events.append(teller.ticket("created", issue.created, issue, uri))
    if issue.done and (before is None or before["open"]):
        events.append(teller.ticket("closed", issue.resolved or issue.updated, issue, uri))
    return events or [teller.ticket("updated", issue.updated, issue, uri)]


def _accepted(event: CloudEvent) -> datetime:
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    return time
