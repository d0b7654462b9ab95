"""Answers that are long are sent compressed to whoever takes that."""

from __future__ import annotations

import asyncio
import gzip

from falcon import HTTP_304
from falcon.asgi import Request, Response

SHORTEST = 1024
"""Bytes below which it is not worth it."""
_LONG = 256 * 1024
_LEVEL = 5
_COMPRESSIBLE = ("application/json", "application/problem+json", "text/", "application/openapi")


class Compression:
    """A middleware. What a resource has compressed itself, it leaves alone."""

    async def process_response(
        self, req: Request, resp: Response, resource: object, succeeded: bool
    ) -> None:
        """Compress the body, in a thread where that takes long."""
        body = resp.data
        if resp.status == HTTP_304:
            resp.append_header("Vary", "Accept-Encoding")  # as on what it stands for
        if body is None or resp.get_header("Content-Encoding"):
            return
        if not (resp.content_type or "").startswith(_COMPRESSIBLE):
            return
        resp.append_header("Vary", "Accept-Encoding")
        if len(body) < SHORTEST or not takes_gzip(req.get_header("ACCEPT-ENCODING")):
            return
        pack = gzip.compress if len(body) < _LONG else _in_thread
        packed = pack(body, _LEVEL, mtime=0)
        resp.data = packed if isinstance(packed, bytes) else await packed
        resp.set_header("Content-Encoding", "gzip")


async def _in_thread(body: bytes, level: int, *, mtime: int) -> bytes:
    return await asyncio.to_thread(gzip.compress, body, level, mtime=mtime)


def takes_gzip(accepted: str | None) -> bool:
    """Whether an Accept-Encoding names gzip, or anything, and not with a weight of 0."""
    weights: dict[str, bool] = {}
    for part in (accepted or "").split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip().lower()] = weight.replace(" ", "") not in (
            "q=0",
            "q=0.0",
            "q=0.00",
            "q=0.000",
        )
    return weights.get("gzip", weights.get("*", False))
