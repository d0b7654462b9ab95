"""What the service says of itself: the index, /openapi.json and /docs, all made of one thing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from falcon.asgi import Request, Response

from streamgauge import __version__, json_codec, shapes
from streamgauge_http import docs_page, openapi
from streamgauge_http.operations import JSON, Operation, Resource


class Described:
    """The resources as they describe themselves. What is made of them is made once."""

    resources: Mapping[str, Resource]
    """By path; set before the first request."""

    @cached_property
    def index(self) -> bytes:
        """The version, and each path with its methods in a line."""
        paths = {
            path: "; ".join(f"{name}: {op.summary}" for name, op in resource.operations.items())
            for path, resource in sorted(self.resources.items())
        }
        return json_codec.encode({"name": "streamgauge", "version": __version__, "paths": paths})

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return openapi.document(self.resources)

    @cached_property
    def json(self) -> bytes:
        """The same, encoded."""
        return json_codec.encode(self.document)

    @cached_property
    def page(self) -> bytes:
        """The same, to be read."""
        return docs_page.render(self.document).encode()


class Index:
    """What is here."""

    operations: Mapping[str, Operation] = {
        "GET": Operation("what is here", None, "About", shapes.Index)
    }

    def __init__(self, described: Described) -> None:
        self._described = described

    async def on_get(self, req: Request, resp: Response) -> None:
        """The version and everything that can be asked."""
        resp.content_type = JSON
        resp.data = self._described.index


class OpenAPI:
    """The document for programs."""

    operations: Mapping[str, Operation] = {
        "GET": Operation("this API, as OpenAPI 3.1", None, "About", dict[str, Any])
    }

    def __init__(self, described: Described) -> None:
        self._described = described

    async def on_get(self, req: Request, resp: Response) -> None:
        """The document."""
        resp.content_type = JSON
        resp.data = self._described.json


class Docs:
    """The document for people."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "this API, to be read", None, "About", media_types=("text/html; charset=utf-8",)
        )
    }

    def __init__(self, described: Described) -> None:
        self._described = described

    async def on_get(self, req: Request, resp: Response) -> None:
        """A page without a script, which needs no network."""
        resp.content_type = "text/html; charset=utf-8"
        resp.set_header("Content-Security-Policy", docs_page.POLICY)
        resp.data = self._described.page
