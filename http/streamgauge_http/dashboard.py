"""The page: GET / for a browser, and the files that it is made of."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from falcon import ETag
from falcon.asgi import Request, Response

from streamgauge.errors import UnknownName
from streamgauge_http.compression import takes_gzip
from streamgauge_http.operations import Operation, Parameter

INDEX: Final = "index.html"
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page, ready to be sent."""

    media_type: str
    content: bytes = field(repr=False)
    gzipped: bytes = field(repr=False)
    etag: ETag

    @classmethod
    def of(cls, name: str, content: bytes) -> Asset:
        """Of a file's name and content."""
        etag = ETag(sha256(content).hexdigest()[:32])
        etag.is_weak = True  # the same for both encodings
        media_type = MEDIA_TYPES[name.rpartition(".")[2]]
        return cls(media_type, content, gzip.compress(content, 9, mtime=0), etag)

    def answer(self, req: Request, resp: Response) -> None:
        """Send it; 304 to who has it already."""
        resp.content_type = self.media_type
        resp.etag = self.etag.dumps()
        resp.set_header("Cache-Control", "no-cache")
        resp.append_header("Vary", "Accept-Encoding")
        if any(each == "*" or each == self.etag for each in req.if_none_match or ()):
            resp.status = 304
        elif takes_gzip(req.get_header("Accept-Encoding")):
            resp.set_header("Content-Encoding", "gzip")
            resp.data = self.gzipped
        else:
            resp.data = self.content


@cache
def assets() -> Mapping[str, Asset]:
    """The files by name, read once."""
    folder = files("streamgauge_http").joinpath("page")
    return {each.name: Asset.of(each.name, each.read_bytes()) for each in folder.iterdir()}


class Assets:
    """GET /assets/<name>."""

    operations: Mapping[str, Operation] = {
        "GET": Operation(
            "a file of the page that GET / is in a browser",
            None,
            "About",
            media_types=tuple(dict.fromkeys(MEDIA_TYPES.values())),
            parameters=(Parameter("name", "Of the file.", place="path"),),
            problems=("not-found",),
        )
    }

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """A file of the page; nothing in it is secret, so it needs no token."""
        if name not in assets():
            raise UnknownName("file of the page", name[:40], sorted(assets()))
        resp.set_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        assets()[name].answer(req, resp)


class Dashboard:
    """What GET / is to a browser."""

    def __init__(self) -> None:
        assets()  # a file that is missing or of no known kind stops the start, not a request

    def beside(self, index: Mapping[str, Operation]) -> Mapping[str, Operation]:
        """What GET is, where it may be the page and not the index."""
        both = (*index["GET"].media_types, MEDIA_TYPES["html"])
        return {"GET": replace(index["GET"], media_types=both)}

    def is_wanted(self, req: Request) -> bool:
        """Whether HTML is asked for before JSON."""
        return req.client_prefers(("application/json", "text/html")) == "text/html"

    async def on_get(self, req: Request, resp: Response, **params: Any) -> None:
        """The page."""
        resp.set_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        assets()[INDEX].answer(req, resp)
