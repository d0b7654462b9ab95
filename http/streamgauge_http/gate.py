"""The one place where it is decided whether a request reaches its resource."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import getrandbits  # a name, and no secret
from typing import Any

from falcon.asgi import Request, Response

from streamgauge import logs
from streamgauge_http.access import Access
from streamgauge_http.admission import Admission
from streamgauge_http.operations import Operation
from streamgauge_http.refusals import Forbidden
from streamgauge_http.tokens import in_query

_REQUEST_ID = re.compile(r"[A-Za-z0-9._~-]{1,64}", re.ASCII)
_ALWAYS = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
]
_UNLESS_SAID = [
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
]


class Gate:
    """A middleware: names the request, checks the role, the tenant and the rates, and tells
    browsers to be careful."""

    def __init__(self, access: Access, admission: Admission) -> None:
        self._access = access
        self._admission = admission

    async def process_request(self, req: Request, resp: Response) -> None:
        """Name the request: by what its sender calls it, if that is a name."""
        named = req.get_header("X-REQUEST-ID")
        known = named is not None and _REQUEST_ID.fullmatch(named)
        req.context.request_id = named if known else f"{getrandbits(64):016x}"
        logs.request_id.set(req.context.request_id)

    async def process_resource(
        self, req: Request, resp: Response, resource: Any, params: Mapping[str, Any]
    ) -> None:
        """Let the request through, or raise why not; nothing of its body has been read.

        The caller's Grant is on `req.context.grant` from here on.
        """
        method = "GET" if req.method == "HEAD" else req.method
        operation: Operation | None = getattr(resource, "operations", {}).get(method)
        if operation is None:  # it is answered 405, or an OPTIONS
            return
        delivers = operation.delivers
        if delivers and in_query(req):
            resp.set_header("Cache-Control", "private")
        origin = self._admission.origin(req) if delivers else None
        grant = await self._access.grant(req, operation.role_for(params), delivers=delivers)
        if operation.all_tenants and grant.tenant is not None:
            raise Forbidden(f"the token is for the tenant {grant.tenant!r}, and this is of all")
        self._admission.spend(req, origin, grant, delivers=delivers)
        req.context.grant = grant

    async def process_response(
        self, req: Request, resp: Response, resource: object, succeeded: bool
    ) -> None:
        """Say which request it was, and what a browser must not do with the answer."""
        resp.set_headers([*_ALWAYS, ("x-request-id", req.context.request_id)])
        for name, value in _UNLESS_SAID:
            if resp.get_header(name) is None:
                resp.set_header(name, value)
