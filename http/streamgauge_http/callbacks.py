"""A consent that is given by a call: `WebHook-Request-Callback` of the webhook specification.

Whoever can reach this process can send a handshake, so only hosts that the operator has named are
called, only over TLS on its own port, only a few at once, and no redirect is followed.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Callable, Iterable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from streamgauge_http.handshake import Grant

logger = logging.getLogger(__name__)

HEADER = "WebHook-Request-Callback"
TIMEOUT_SECONDS = 10.0
MOST_UNDER_WAY = 4
HTTPS_PORT = 443

_URL = re.compile(r"[\x21-\x7e]+")


def over_tls(host: str, port: int = HTTPS_PORT) -> HTTPConnection:
    """A connection to the host, whose certificate is verified."""
    context = ssl.create_default_context()
    return HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=context)


class Callbacks:
    """The calls under way; `connect` makes the connection to a host."""

    def __init__(
        self, hosts: Iterable[str], *, connect: Callable[[str], HTTPConnection] = over_tls
    ) -> None:
        self._hosts = {host.lower() for host in hosts}
        self._connect = connect
        self._under_way: set[asyncio.Task[object]] = set()

    def target(self, url: str | None) -> tuple[str, str] | None:
        """The host to call and what to ask it for; None for what is not called."""
        if url is None or not _URL.fullmatch(url):
            return None
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return None
        host = parts.hostname or ""
        if parts.scheme != "https" or "@" in parts.netloc or port not in (None, HTTPS_PORT):
            return None
        if host not in self._hosts:
            return None
        return host, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    async def call(self, host: str, path: str, grant: Grant) -> None:
        """Tell the host of the grant; what goes wrong is logged, without the path.

        The path and its query hold the sender's secret.
        """
        task = asyncio.current_task()
        assert task is not None
        if len(self._under_way) >= MOST_UNDER_WAY:
            logger.warning("the callback to %s was dropped: %d are under way", host, MOST_UNDER_WAY)
            return
        # The loop itself keeps no task alive.
        self._under_way.add(task)
        try:
            await asyncio.to_thread(self._post, host, path, grant)
        finally:
            self._under_way.discard(task)

    async def close(self) -> None:
        """Let those under way come to their end."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=TIMEOUT_SECONDS)

    def _post(self, host: str, path: str, grant: Grant) -> None:
        try:
            connection = self._connect(host)
            try:
                connection.request("POST", path, b"", dict(grant.headers()))
                status = connection.getresponse().status
            finally:
                connection.close()
        except (OSError, HTTPException, ValueError) as error:
            logger.warning("the callback to %s failed: %s", host, type(error).__name__)
            return
        if not 200 <= status < 300:
            logger.warning("the callback to %s failed: it answered %d", host, status)
