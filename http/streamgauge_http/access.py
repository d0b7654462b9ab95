"""Who calls, and whether they may (docs/decisions/0023)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from falcon.asgi import Request

from streamgauge.access import ROLES, Grant, Role, is_loopback
from streamgauge.errors import InvalidInput
from streamgauge.settings import Settings
from streamgauge_http.keyring import Keyring, Read
from streamgauge_http.refusals import Closed, Forbidden, Unauthorized
from streamgauge_http.tokens import PARAMETER, SettingsTokens, in_query, shown_by

_FORWARDED = frozenset(
    {
        b"cf-connecting-ip",
        b"forwarded",
        b"true-client-ip",
        b"via",
        b"x-client-ip",
        b"x-envoy-external-address",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-forwarded-server",
        b"x-real-ip",
    }
)
NOBODY = Grant("anybody", frozenset())
HERE = Grant("anybody on this machine", frozenset(ROLES))


class Access:
    """Who may what, in one process."""

    def __init__(self, settings: Settings, read: Read) -> None:
        self._in_settings = SettingsTokens(settings)
        self._stored = Keyring(read)
        self._told = Grant("anybody", frozenset(r for r in ROLES if r in settings.open))
        self._loopback = is_loopback(settings.host)
        self._cors_origins = settings.cors_origins

    async def grant(self, req: Request, role: Role | None, *, delivers: bool) -> Grant:
        """What the caller may, which is the role at least.

        Raises Unauthorized, Forbidden or Closed; InvalidInput where more than one token is shown;
        DatabaseUnavailable while nobody can tell.
        """
        if role is None and not delivers:
            return NOBODY
        shown = shown_by(req, in_query_too=delivers)
        known = await self._known(shown[0]) if len(shown) == 1 else None
        if known is not None and known.may(role or "ingest"):
            return known
        if role is None or self._told.may(role):
            return self._told
        if await self._is_open_here():
            self._check_here(req)
            return HERE
        raise _refusal(req, role, shown, known)

    async def _known(self, shown: bytes) -> Grant | None:
        found = self._in_settings.find(shown)
        if found is not None:
            return found
        token = await self._stored.find(shown)
        return None if token is None else token.grant

    async def _is_open_here(self) -> bool:
        """Whether nobody has closed it: on loopback, as long as there has never been a token."""
        if not self._loopback or self._in_settings or self._told.roles:
            return False
        return await self._stored.is_empty()

    def _check_here(self, req: Request) -> None:
        """Raise Closed where somebody else has this machine's browser, or its proxy, ask."""
        if not is_loopback(_host_of(req)):
            raise Closed("without tokens it is open to this machine only: ask for localhost")
        headers = dict(req.scope["headers"])  # at once: every delivery of a laptop passes here
        if not _FORWARDED.isdisjoint(headers):
            raise Closed(
                "without tokens it is open to this machine only, and a proxy forwards this"
            )
        if _is_of_a_page_elsewhere(headers) and not self._is_welcome(req):
            raise Closed("without tokens it is open to this machine only, not to pages elsewhere")

    def _is_welcome(self, req: Request) -> bool:
        """Whether a page of another site may: a link to here may be followed."""
        followed = req.method == "GET" and req.get_header("SEC-FETCH-MODE") == "navigate"
        origins = self._cors_origins
        return followed or "*" in origins or req.get_header("ORIGIN") in origins


def _is_of_a_page_elsewhere(headers: Mapping[bytes, bytes]) -> bool:
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site == b"cross-site"
    origin = headers.get(b"origin")  # all that browsers of before 2023 say
    if origin is None:
        return False
    try:
        return not is_loopback(urlsplit(origin.decode("latin-1")).hostname or "")
    except ValueError:
        return True


def _refusal(req: Request, role: Role, shown: Sequence[bytes], known: Grant | None) -> InvalidInput:
    if len(shown) > 1:
        return InvalidInput(
            f"show one token, either in Authorization or as {PARAMETER}",
            where=PARAMETER if in_query(req) else "Authorization",
        )
    if known is not None:
        return Forbidden(f"the token {known.name!r} has not the role {role}")
    if shown:
        return Unauthorized("the token is not one that is known here", shown=True)
    or_so = f", or ?{PARAMETER}=<token>" if role == "ingest" else ""
    return Unauthorized(
        f"a token with the role {role} is needed: Authorization: Bearer <token>{or_so}",
        shown=False,
    )


def _host_of(req: Request) -> str:
    """The Host header without its port; this machine's where there is none, as of HTTP/1.0."""
    host = req.get_header("HOST") or "localhost"
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()
