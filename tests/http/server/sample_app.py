"""A small Falcon application for the server's tests to serve."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path

import falcon
import falcon.asgi

from streamgauge_http.server.body import BodyCutShort, BodyTooLarge, read_body

LIMIT = 4 * 1024 * 1024


class Bodies:
    async def on_post(self, req, resp):
        body = await read_body(req, LIMIT)
        resp.media = {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}


class Unread:
    """Answers without a look at the body."""

    async def on_post(self, req, resp):
        resp.status = 401


class Echo:
    async def on_get(self, req, resp):
        resp.media = {
            "pid": os.getpid(),
            "query": req.query_string,
            "headers": req.headers,
            "scheme": req.scheme,
        }


class Slow:
    running = 0

    async def on_get(self, req, resp):
        Slow.running += 1
        await asyncio.sleep(req.get_param_as_float("seconds", required=True))
        resp.media = {"pid": os.getpid()}
        Slow.running -= 1


class Large:
    """More than the sockets' buffers hold."""

    async def on_get(self, req, resp):
        resp.data = b"x" * req.get_param_as_int("bytes", required=True)


class Fails:
    async def on_head(self, req, resp):
        raise RuntimeError("on purpose")

    async def on_get(self, req, resp):
        raise RuntimeError("on purpose")


class Connections:
    """What is open and running in this worker, this request included."""

    def __init__(self, feeds):
        self.feeds = feeds

    async def on_get(self, req, resp):
        resp.media = {
            "tasks": len(asyncio.all_tasks()),
            "open_files": len(list(Path("/proc/self/fd").iterdir())),
            "feeds": self.feeds[0],
            "slow": Slow.running,
            "peak_rss_kib": _status("VmHWM"),
            "loop": type(asyncio.get_running_loop()).__module__.partition(".")[0],
        }


class Feed:
    """Server-sent events until the client leaves."""

    def __init__(self, feeds):
        self.feeds = feeds

    async def on_get(self, req, resp):
        resp.sse = self.events()

    on_post = on_get

    async def events(self):
        self.feeds[0] += 1
        try:
            while True:
                yield falcon.asgi.SSEvent(data=b"tick")
                await asyncio.sleep(0.05)
        finally:
            self.feeds[0] -= 1


def _status(name):
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name)))


def create():
    app = falcon.asgi.App()
    feeds = [0]
    app.add_route("/bodies", Bodies())
    app.add_route("/unread", Unread())
    app.add_route("/echo", Echo())
    app.add_route("/slow", Slow())
    app.add_route("/large", Large())
    app.add_route("/fails", Fails())
    app.add_route("/connections", Connections(feeds))
    app.add_route("/feed", Feed(feeds))
    app.add_error_handler(BodyTooLarge, _status_handler(413))
    app.add_error_handler(BodyCutShort, _status_handler(408))
    app.add_error_handler(RuntimeError, _raise)
    return app


def create_silent():
    """An application that ends every call without an answer."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()

    return app


def _status_handler(status):
    async def handler(req, resp, error, params):
        resp.status = status
        resp.text = json.dumps({"status": status, "detail": str(error)})
        resp.content_type = "application/problem+json"

    return handler


async def _raise(req, resp, error, params):
    """Let the error through to the server."""
    raise error
