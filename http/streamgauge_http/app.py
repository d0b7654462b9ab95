"""The application: which resource answers which path, in which role of the process."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import falcon.asgi
from falcon.asgi import Request, Response

from streamgauge.errors import StreamgaugeError
from streamgauge.paths import is_for_operators, paths_of
from streamgauge.processors.dead_letters import request_retry, skip
from streamgauge.streams import cdevents_log, cloudevents_log
from streamgauge_http import (
    answers,
    dead_letters,
    documents,
    health,
    ingest,
    installed,
    lineage,
    lists,
    problems,
    queries,
    replays,
)
from streamgauge_http.compression import Compression
from streamgauge_http.cors import Cors
from streamgauge_http.dashboard import Assets, Dashboard
from streamgauge_http.endpoints import EndpointPath
from streamgauge_http.gate import Gate
from streamgauge_http.live.resource import EVENT_STREAM, Live
from streamgauge_http.mounting import MountedPath
from streamgauge_http.operations import Operation, Resource, check_declared
from streamgauge_http.overview import Overview
from streamgauge_http.runtime import Runtime
from streamgauge_http.telemetry.middleware import Telemetry
from streamgauge_http.telemetry.resource import Metrics

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
    middleware: list[Any] = [  # the answer passes them from the last to the first
        Telemetry(runtime),
        _Lifespan(runtime),
        Compression(),
        Gate(runtime.access, runtime.admission),
    ]
    if runtime.settings.cors_origins:
        middleware.append(Cors(runtime.settings.cors_origins))
    app: falcon.asgi.App[Any, Any] = falcon.asgi.App(middleware=middleware)
    # What has no body is of no type; whatever has one says of which.
    app.resp_options.default_media_type = None  # type: ignore[assignment]
    app.req_options.strip_url_path_trailing_slash = True
    app.add_error_handler(Exception, problems.on_bug)
    app.add_error_handler(falcon.HTTPError, problems.on_http_error)
    app.add_error_handler(StreamgaugeError, problems.on_known_error)
    for path, resource in resources(runtime, roles).items():
        check_declared(path, resource)
        _answer_head(resource)
        app.add_route(path, resource)
    return app


def resources(runtime: Runtime, roles: Collection[str] = ROLES) -> Mapping[str, Resource]:
    """What answers which path."""
    own: dict[str, Resource] = {
        "/healthz": health.Health(),
        "/readyz": health.Ready(runtime),
        "/metrics": Metrics(runtime),
    }
    if "ingest" in roles:
        own |= _ingest(runtime)
    if "api" in roles:
        own |= _api(runtime)
    described = documents.Described()
    events = ingest.CloudEvents(runtime, also=("GET",)) if "ingest" in roles else None
    page = Dashboard() if "api" in roles else None
    described.resources = {
        "/": _Root(documents.Index(described), events, page),
        **own,
        **dict(_of_plugins(runtime, roles)),
        "/openapi.json": documents.OpenAPI(described),
        "/docs": documents.Docs(described),
    }
    return described.resources


def _ingest(runtime: Runtime) -> dict[str, Resource]:
    return {
        "/cloudevents": ingest.CloudEvents(runtime),
        "/cdevents": ingest.CDEvents(runtime),
        "/webhooks/{source}": ingest.Webhooks(runtime),
    }


def _api(runtime: Runtime) -> dict[str, Resource]:
    return {
        "/assets/{name}": Assets(),
        "/v1/overview": Overview(runtime),
        "/v1/metrics": queries.Metrics(runtime),
        "/v1/metrics/{name}": answers.Metric(runtime),
        "/v1/metrics/{name}/explain": answers.Explanation(runtime),
        "/v1/events/cloudevents": queries.Events(runtime, cloudevents_log.TABLE, "CloudEvents"),
        "/v1/events/cdevents": queries.Events(runtime, cdevents_log.TABLE, "CDEvents"),
        "/v1/live": Live(runtime),
        "/v1/lineage/{id:path}": lineage.Lineage(runtime),
        "/v1/projections": queries.Projections(runtime),
        "/v1/projections/{name}/replay": replays.Replays(runtime),
        "/v1/plugins": installed.InstalledPlugins(runtime),
        "/v1/routes": installed.Routes(runtime),
        "/v1/dead-letters": dead_letters.DeadLetters(runtime),
        "/v1/dead-letters/{id}": dead_letters.DeadLetter(runtime),
        "/v1/dead-letters/{id}/retry": dead_letters.Acting(
            runtime, request_retry, "have it handled again"
        ),
        "/v1/dead-letters/{id}/skip": dead_letters.Acting(
            runtime, skip, "give up on it; its event stays in the log"
        ),
        **{
            f"/v1/{name}": lists.List(runtime, name, listing)
            for name, (_, listing) in runtime.plugins.lists.items()
        },
        "/deploy-frequency/{interval}": queries.DeployFrequency(runtime),
    }


def _of_plugins(runtime: Runtime, roles: Collection[str]) -> Iterator[tuple[str, Resource]]:
    """The paths that plugins bring; where they clash has been seen to when they were loaded."""
    for name, receiver in runtime.plugins.receivers.items():
        templates = list(paths_of(receiver)) if "ingest" in roles else []
        if "api" in roles and is_for_operators(receiver):
            templates.append(f"/v1/{name}")
        for path in map(MountedPath, templates):
            yield path.template, ingest.ReceiverPath(runtime, receiver, path)
    if "api" in roles:
        for endpoint in runtime.plugins.endpoints.values():
            for path in map(MountedPath, paths_of(endpoint)):
                yield path.template, EndpointPath(runtime, endpoint, path)


def _answer_head(resource: Any) -> None:
    """Have HEAD answered as GET is; the body is left out. Not where the answer has no end."""
    get = resource.operations.get("GET")
    if get is not None and EVENT_STREAM not in get.media_types:
        resource.on_head = resource.on_get


class _Root:
    """GET / is the index, or in a browser the page; POST / takes CloudEvents, where this process
    ingests."""

    operations: Mapping[str, Operation]

    def __init__(
        self, index: documents.Index, events: ingest.CloudEvents | None, page: Dashboard | None
    ) -> None:
        self.operations = index.operations if page is None else page.beside(index.operations)
        self._index = index
        self._page = page
        if events is not None:
            self.operations = {**events.operations, **self.operations}
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
