"""The application: which resource answers which path, in which role."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import falcon.asgi
from falcon.asgi import Request, Response

from streamgauge.errors import StreamgaugeError
from streamgauge.paths import is_for_operators, paths_of
from streamgauge.processors.dead_letters import request_retry, skip
from streamgauge.streams import cdevents_log, cloudevents_log
from streamgauge_http import (
    dead_letters,
    health,
    ingest,
    lineage,
    lists,
    problems,
    queries,
    replays,
)
from streamgauge_http.dashboard import Assets, Dashboard
from streamgauge_http.endpoints import EndpointPath
from streamgauge_http.live.resource import Live
from streamgauge_http.mounting import MountedPath
from streamgauge_http.overview import Overview
from streamgauge_http.runtime import Runtime

ROLES = ("ingest", "api")


class _Lifespan:
    """Ties the runtime to the server's start and end."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def process_startup(self, scope: Any, event: Any) -> None:
        """Called before the first request."""
        await self._runtime.start()

    async def process_shutdown(self, scope: Any, event: Any) -> None:
        """Called after the last one."""
        await self._runtime.stop()


def create_app(runtime: Runtime, roles: Collection[str] = ROLES) -> falcon.asgi.App[Any, Any]:
    """The ASGI application with the paths of these roles; health is always there."""
    app = falcon.asgi.App(middleware=[_Lifespan(runtime)])
    app.req_options.strip_url_path_trailing_slash = True
    app.add_error_handler(Exception, problems.on_bug)
    app.add_error_handler(falcon.HTTPError, problems.on_http_error)
    app.add_error_handler(StreamgaugeError, problems.on_known_error)
    routes: dict[str, tuple[object, str]] = {
        "/healthz": (health.Health(), "GET: whether the process lives"),
        "/readyz": (health.Ready(runtime), "GET: whether requests would be served"),
    }
    if "ingest" in roles:
        routes |= _ingest(runtime)
    if "api" in roles:
        routes |= _api(runtime)
    index = health.Index({path: text for path, (_, text) in sorted(routes.items())})
    for path, (resource, _) in routes.items():
        app.add_route(path, resource)
    events = ingest.CloudEvents(runtime, also=("GET",)) if "ingest" in roles else None
    app.add_route("/", _Root(index, events, Dashboard() if "api" in roles else None))
    _mount_plugins(app, runtime, roles)
    return app


def _mount_plugins(
    app: falcon.asgi.App[Any, Any], runtime: Runtime, roles: Collection[str]
) -> None:
    """The paths that plugins bring; where they clash has been seen to when they were loaded."""
    receivers = runtime.plugins.receivers
    if "api" in roles:
        for name, receiver in receivers.items():
            if is_for_operators(receiver):
                path = MountedPath(f"/v1/{name}")
                app.add_route(path.template, ingest.ReceiverPath(runtime, receiver, path))
    if "ingest" in roles:
        for receiver in receivers.values():
            for path in map(MountedPath, paths_of(receiver)):
                app.add_route(path.template, ingest.ReceiverPath(runtime, receiver, path))
    if "api" in roles:
        for endpoint in runtime.plugins.endpoints.values():
            for path in map(MountedPath, paths_of(endpoint)):
                app.add_route(path.template, EndpointPath(runtime, endpoint, path))


def _ingest(runtime: Runtime) -> dict[str, tuple[object, str]]:
    return {
        "/cloudevents": (
            ingest.CloudEvents(runtime),
            "POST: CloudEvents in binary, structured or batched mode; POST / is the same",
        ),
        "/cdevents": (ingest.CDEvents(runtime), "POST: CDEvents as CloudEvents"),
        "/webhooks/{source}": (ingest.Webhooks(runtime), "POST: a tool's own webhooks"),
    }


def _api(runtime: Runtime) -> dict[str, tuple[object, str]]:
    return {
        "/assets/{name}": (Assets(), "GET: the files of the page that GET / is in a browser"),
        "/v1/overview": (Overview(runtime), "GET: the metrics that are shown first, all at once"),
        "/v1/metrics": (queries.Metrics(runtime), "GET: the metrics that there are"),
        "/v1/metrics/{name}": (queries.Metric(runtime), "GET: one metric over a range"),
        "/v1/metrics/{name}/explain": (
            queries.Explanation(runtime),
            "GET: what a metric's answer over a range is made of, and what it leaves out",
        ),
        "/v1/events/cloudevents": (
            queries.Events(runtime, cloudevents_log.TABLE),
            "GET: the log of CloudEvents, paged",
        ),
        "/v1/events/cdevents": (
            queries.Events(runtime, cdevents_log.TABLE),
            "GET: the log of CDEvents, paged",
        ),
        "/v1/live": (Live(runtime), "GET: what comes into a log, as it comes"),
        "/v1/lineage/{id:path}": (
            lineage.Lineage(runtime),
            "GET: the events that a deployment, say, or an event is made of",
        ),
        "/v1/projections": (
            queries.Projections(runtime),
            "GET: how far the router, the projections and the metrics are",
        ),
        "/v1/projections/{name}/replay": (
            replays.Replays(runtime),
            "POST: have one made anew, compared or swapped back; GET: how that stands",
        ),
        "/v1/dead-letters": (
            dead_letters.DeadLetters(runtime),
            "GET: what could not be handled, newest first",
        ),
        "/v1/dead-letters/{id}": (dead_letters.DeadLetter(runtime), "GET: one, with its event"),
        "/v1/dead-letters/{id}/retry": (
            dead_letters.Acting(runtime, request_retry),
            "POST: have it handled again",
        ),
        "/v1/dead-letters/{id}/skip": (
            dead_letters.Acting(runtime, skip),
            "POST: give up on it; its event stays in the log",
        ),
        **{
            f"/v1/{name}": (lists.List(runtime, name, listing), f"GET: {listing.title}")
            for name, (_, listing) in runtime.plugins.lists.items()
        },
        "/deploy-frequency/{interval}": (
            queries.DeployFrequency(runtime),
            "GET: day, week, month or year, in the shape of the proof of concept",
        ),
    }


class _Root:
    """GET / is the index, or in a browser the page; POST / takes CloudEvents, where this process
    ingests."""

    def __init__(
        self, index: health.Index, events: ingest.CloudEvents | None, page: Dashboard | None
    ) -> None:
        self._index = index
        self._page = page
        if events is not None:
            self.on_post = events.on_post
            self.on_options = events.on_options

    async def on_get(self, req: Request, resp: Response) -> None:
        """HTML where that is preferred and this process answers queries, else JSON."""
        if self._page is None:
            await self._index.on_get(req, resp)
            return
        resp.append_header("Vary", "Accept")
        chosen = self._page if self._page.is_wanted(req) else self._index
        await chosen.on_get(req, resp)
