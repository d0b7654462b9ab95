"""The receiver: DevLake's paths, and a CloudEvent for each call."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from streamgauge import Event, WebhookRequest, json_codec, new_event
from streamgauge.cdevents import event_id
from streamgauge.errors import InvalidInput
from streamgauge.timestamps import format_rfc3339
from streamgauge_devlake.calls import CLOSE, DEPLOYMENT, ISSUE, PATHS, Scope, scope_in
from streamgauge_devlake.deployments import Deployment
from streamgauge_devlake.issues import Issue


class DevlakeReceiver:
    """Takes the calls that were made for DevLake, with an ingest token for DevLake's API key."""

    name = "devlake"
    paths = PATHS
    needs_token = True

    def receive(self, request: WebhookRequest) -> list[Event]:
        """The event of the call, its data the body as it was sent.

        The Content-Type is not looked at: the commands that DevLake hands out send none of JSON.
        """
        scope = scope_in(request.path_parameters)
        if scope is None:
            raise InvalidInput(
                "name a connection or a project as DevLake does, for example "
                "/plugins/webhook/connections/1/deployments",
                where="path",
            )
        if "key" in request.path_parameters:
            return [_close(scope, request.path_parameters["key"])]
        document = _json(request.body)
        if request.path.endswith("/issues"):
            issue = Issue.read(document)
            return [_event(ISSUE, scope, issue.key, issue.updated, request.body, document)]
        told = Deployment.read(document)
        return [_event(DEPLOYMENT, scope, told.id, told.finished, request.body, document)]


def _event(
    kind: str, scope: Scope, name: str, time: datetime | None, body: bytes, document: Any
) -> Event:
    """The same call again is the same event. DevLake takes one with other content for an update,
    so that is another event, and no conflict."""
    content = json.dumps(document, sort_keys=True)
    return new_event(
        id=event_id(scope.source, kind, name, content),
        source=scope.source,
        type=kind,
        subject=_subject(name),
        time=None if time is None else format_rfc3339(time),
        data=body,
    )


def _close(scope: Scope, key: str) -> Event:
    """A call without content: nothing tells one sent twice from an issue closed twice. So each is
    an event, and what it means depends on whether the issue is open."""
    return new_event(
        id=str(uuid4()),
        source=scope.source,
        type=CLOSE,
        subject=_subject(key),
        data={"issueKey": key},
    )


def _subject(name: str) -> str | None:
    """The name where an attribute can hold it; the data has it anyway."""
    return name if name.isprintable() else None


def _json(body: bytes) -> Any:
    try:
        return json_codec.decode_bounded(body, inside=True)
    except ValueError as error:
        raise InvalidInput(f"the body is not JSON: {error}", where="body") from None
