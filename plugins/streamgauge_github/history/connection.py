"""One connection to the API, kept open, by the standard library."""

from __future__ import annotations

import http.client
import ssl
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from streamgauge.errors import SettingsError

TIMEOUT_SECONDS = 30.0
MOST_BYTES = 64 * 1024 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """GET requests to one server. A connection that the server has closed is made anew."""

    def __init__(self, base: str) -> None:
        """`base` is the API's address. Raises SettingsError for one that is none, or without TLS
        elsewhere than on this machine: the token would be readable on the way."""
        parts = urlsplit(base.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise SettingsError(f"--api must be an address, https://api.github.com, not {base!r}")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise SettingsError("--api must begin with https://")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.root = parts.path
        self._scheme, self._host, self._port = parts.scheme, parts.hostname, parts.port
        self._connection: http.client.HTTPConnection | None = None

    def get(self, target: str, headers: Mapping[str, str]) -> Answer:
        """The answer to one request. Raises OSError or HTTPException."""
        connection = self._connection or self._connect()
        self._connection = None  # until the answer was read whole
        try:
            connection.request("GET", target, headers=dict(headers))
            response = connection.getresponse()
            body = response.read(MOST_BYTES + 1)
        except BaseException:
            connection.close()
            raise
        if len(body) > MOST_BYTES:
            connection.close()
            raise http.client.HTTPException("the answer is too long")
        self._connection = connection
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, body)

    def close(self) -> None:
        """Close it; a further request opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> http.client.HTTPConnection:
        if self._scheme == "http":
            return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        context = ssl.create_default_context()
        proxy = urllib.request.getproxies().get("https")
        if not proxy or urllib.request.proxy_bypass(self._host):
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=TIMEOUT_SECONDS, context=context
            )
        through = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        made = http.client.HTTPSConnection(
            through.hostname or "", through.port, timeout=TIMEOUT_SECONDS, context=context
        )
        made.set_tunnel(self._host, self._port or 443, headers=_proxy_login(through.netloc))
        return made


def _proxy_login(netloc: str) -> dict[str, str]:
    login, at, _ = netloc.rpartition("@")
    if not at:
        return {}
    return {"Proxy-Authorization": f"Basic {b64encode(unquote(login).encode()).decode()}"}
