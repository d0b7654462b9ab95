"""Who may do what operators do: have something made anew, or say what links are wrong."""

from __future__ import annotations

from ipaddress import ip_address

from falcon.asgi import Request

from streamgauge.settings import Settings
from streamgauge_http.refusals import Closed
from streamgauge_http.tokens import Tokens


class Operators:
    """Those who show a token of `admin_tokens`; without any, everybody on this machine."""

    def __init__(self, settings: Settings) -> None:
        self._tokens = Tokens(settings.admin_tokens)
        self._open = bool(settings.admin_tokens) or _is_loopback(settings.host)

    def check(self, req: Request) -> None:
        """Raises Closed, Unauthorized, or InvalidInput where more than one token is shown."""
        if not self._open:
            raise Closed("this takes a token of the setting admin_tokens, which is empty")
        self._tokens.check(req)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
