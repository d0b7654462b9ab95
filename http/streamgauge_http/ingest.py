"""POST /, /cloudevents, /cdevents, /webhooks/<source> and receivers' own paths: what comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import falcon
from falcon.asgi import Request, Response

from streamgauge.access import Grant, Role
from streamgauge.cdevents.received import receive
from streamgauge.cloudevents import Event, http_binding
from streamgauge.cloudevents.event import Parsed
from streamgauge.containment import received
from streamgauge.errors import (
    InvalidInput,
    UnknownName,
    UnsupportedMediaType,
)
from streamgauge.hookspecs import Receiver
from streamgauge.paths import ADMIN, is_for_operators
from streamgauge.sources.native import in_batch
from streamgauge.streams.cloudevents_log import Appended, Outcome
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge.webhooks import WebhookRequest
from streamgauge_http import problems
from streamgauge_http.entrance import PROBLEMS, Entrance, delivery
from streamgauge_http.mounting import MountedPath
from streamgauge_http.operations import JSON, Operation, Parameter
from streamgauge_http.refusals import Forbidden
from streamgauge_http.runtime import Runtime
from streamgauge_http.server.body import BodyTooLarge, read_body


class CloudEvents(Entrance):
    """CloudEvents in binary, structured or batched mode."""

    operations: Mapping[str, Operation] = {
        "POST": delivery(
            "CloudEvents in binary, structured or batched mode; POST / is the same",
            problems=(*PROBLEMS, "batch-too-large"),
        )
    }

    async def on_post(self, req: Request, resp: Response) -> None:
        """Record one event or a batch; a batch is checked whole before any of it is recorded."""
        events = [parsed.event for parsed in await _read(self.runtime, req)]
        _answer(req, resp, events, await _append(self.runtime, req, events))


class CDEvents(Entrance):
    """CDEvents, as CloudEvents whose data is the whole CDEvent."""

    operations: Mapping[str, Operation] = {
        "POST": delivery(
            "CDEvents as CloudEvents", problems=(*PROBLEMS, "batch-too-large", "invalid-cdevent")
        )
    }

    async def on_post(self, req: Request, resp: Response) -> None:
        """Record the events if every one of them passes the CDEvents gate."""
        batch = http_binding.is_batch(req.content_type)
        received = []
        for place, parsed in enumerate(await _read(self.runtime, req)):
            try:
                received.append(receive(self.runtime.binding, parsed))
            except InvalidInput as error:
                if not batch:
                    raise
                raise type(error)(error.reason, where=in_batch(place, error)) from None
        events = [each.event for each in received]
        outcomes = await _append(self.runtime, req, events)
        resp.set_header("Streamgauge-Deviating", str(sum(each.deviates for each in received)))
        _answer(req, resp, events, outcomes)


class Webhooks(Entrance):
    """A tool's own webhooks, handed to the plugin that knows the tool."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime)
        self.operations = {
            "POST": webhook(
                "a tool's own webhooks",
                role_of=self._role_of,
                parameters=(Parameter("source", "Which tool's.", place="path"),),
                problems=(*PROBLEMS, "not-found", "webhook-refused"),
            )
        }

    async def on_options(self, req: Request, resp: Response, **params: Any) -> None:
        """The handshake, for a source that there is."""
        self._receiver(params["source"])
        await super().on_options(req, resp)

    async def on_post(self, req: Request, resp: Response, source: str) -> None:
        """Record the CloudEvents that the plugin's receiver makes of the request."""
        await _receive(self.runtime, req, resp, self._receiver(source), {})

    def _role_of(self, parts: Mapping[str, Any]) -> Role | None:
        return role_of(self.runtime.plugins.receivers.get(parts["source"]))

    def _receiver(self, source: str) -> Receiver:
        receivers = self.runtime.plugins.receivers
        if source not in receivers:
            raise UnknownName("webhook receiver", source[:100], receivers)
        return receivers[source]


class ReceiverPath(Entrance):
    """One of the paths that a receiver has beside /webhooks/<name>."""

    def __init__(self, runtime: Runtime, receiver: Receiver, path: MountedPath) -> None:
        super().__init__(runtime)
        self._receiver = receiver
        self._path = path
        self.operations = {
            "POST": webhook(
                f"what clients of {receiver.name} send",
                role=role_of(receiver),
                parameters=path.declared(),
                problems=(*PROBLEMS, "webhook-refused"),
            )
        }

    async def on_post(self, req: Request, resp: Response, **values: str) -> None:
        """Record the CloudEvents that the receiver makes of the request."""
        await _receive(self.runtime, req, resp, self._receiver, self._path.parameters(values))


def role_of(receiver: Receiver | None) -> Role | None:
    """The role that deliveries to it need. Most tools sign what they send; the plugin checks it."""
    if is_for_operators(receiver):
        return ADMIN
    return "ingest" if getattr(receiver, "needs_token", False) else None


def webhook(summary: str, **more: Any) -> Operation:
    """An operation that takes what a tool sends."""
    body = {JSON: {"description": "As the tool sends it."}}
    return delivery(summary, **{"role": None, "body": body, **more})


async def _receive(
    runtime: Runtime, req: Request, resp: Response, receiver: Receiver, values: Mapping[str, str]
) -> None:
    body = await _read_body(req, _largest(runtime, req))
    request = WebhookRequest(
        headers=dict(req.headers),
        body=body,
        query=dict(parse_qsl(req.query_string)),
        path=req.path,
        path_parameters=values,
    )
    events = received(receiver, request)
    _answer(req, resp, events, await _append(runtime, req, events) if events else [])


async def _append(runtime: Runtime, req: Request, events: Sequence[Event]) -> list[Appended]:
    """Record events whose sources the caller may deliver, as its tenant's."""
    grant: Grant = req.context.grant
    if grant.sources:
        for place, event in enumerate(events):
            if not grant.covers(event.source):
                where = "source" if len(events) == 1 else f"/{place}/source"
                said = f"the token {grant.name!r} does not cover the source {event.source[:200]!r}"
                raise Forbidden(said, where=where)
    return await runtime.append(events, grant.tenant or DEFAULT_TENANT)


def _largest(runtime: Runtime, req: Request) -> int:
    """How many bytes an event of the caller may have."""
    grant: Grant = req.context.grant
    most = runtime.settings.max_event_bytes
    return most if grant.max_event_bytes is None else min(most, grant.max_event_bytes)


async def _read(runtime: Runtime, req: Request) -> Iterable[Parsed]:
    settings = runtime.settings
    batch = http_binding.is_batch(req.content_type)
    largest = _largest(runtime, req)
    body = await _read_body(req, settings.max_batch_bytes if batch else largest)
    # Not req.headers, in which the values of a header that comes twice are one.
    headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in req.scope["headers"]]
    if req.get_header("CE-ID") is not None and not batch:  # a part of the event is there
        attributes = sum(len(value) for name, value in headers if name.startswith("ce-"))
        if attributes + len(body) > largest:
            raise BodyTooLarge(largest)
    parsed = http_binding.read(headers, body, max_batch_events=settings.max_batch_events)
    return _of_size(parsed, largest) if batch else parsed


async def _read_body(req: Request, limit: int) -> bytes:
    coding = req.get_header("content-encoding")
    if coding and coding.strip().lower() != "identity":
        raise UnsupportedMediaType(
            "compressed bodies are not read; send it as it is", where="content-encoding"
        )
    return await read_body(req, limit)


def _of_size(batch: Iterable[Parsed], limit: int) -> Iterator[Parsed]:
    for place, parsed in enumerate(batch):
        if len(parsed.event.state) > limit:
            raise problems.EventTooLarge(limit, where=f"/{place}")
        yield parsed


def _answer(
    req: Request, resp: Response, events: Sequence[Event], outcomes: Sequence[Appended]
) -> None:
    """202 with an empty body: Knative takes any other body for a malformed reply event.

    A conflict is a 409 that names the events; the others of the same batch are recorded.
    """
    kinds = [outcome.outcome for outcome in outcomes]  # a Counter would hash each in Python
    accepted, duplicates = kinds.count(Outcome.NEW), kinds.count(Outcome.DUPLICATE)
    resp.set_header("Streamgauge-Accepted", str(accepted))
    resp.set_header("Streamgauge-Duplicates", str(duplicates))
    if outcomes:
        resp.set_header("Streamgauge-Position", str(max(o.position for o in outcomes)))
    if accepted + duplicates == len(kinds):
        resp.status = falcon.HTTP_202
        return
    conflicts = [
        {"index": place, "source": event.source, "id": event.id}
        for place, (event, outcome) in enumerate(zip(events, outcomes, strict=True))
        if outcome.outcome is Outcome.CONFLICT
    ]
    problems.answer(
        req,
        resp,
        "conflict",
        409,
        "Same source and id, other content",
        "an event with this source and id is recorded with other content; this one was kept out",
        conflicts=conflicts,
        accepted=accepted,
        duplicates=duplicates,
    )
