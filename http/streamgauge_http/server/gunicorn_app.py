"""Serve an ASGI application with gunicorn, configured from Python alone."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Mapping
from typing import Any, Literal, NoReturn

from gunicorn.app.base import BaseApplication

from streamgauge.errors import StreamgaugeError
from streamgauge_http.server.body import ASGIApp, WholeBodies
from streamgauge_http.server.limits import Limits
from streamgauge_http.server.logger import Logger
from streamgauge_http.server.tls import TLS
from streamgauge_http.server.worker import Worker, leave_if_told_already

log = logging.getLogger(__name__)

BACKLOG = 2048


class CannotListen(StreamgaugeError):
    """The server's address cannot be listened on: taken, not allowed, or not of this machine."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host} port {port}: {reason}")
        self.host = host
        self.port = port
        self.reason = reason


class Application(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """What gunicorn calls an application: the settings, and how to make the ASGI application."""

    def __init__(
        self,
        factory: Callable[[], ASGIApp],
        settings: Mapping[str, Any],
        limits: Limits,
        on_unreadable: Callable[[str], None] = lambda slug: None,
    ) -> None:
        self._factory = factory
        self.on_unreadable = on_unreadable
        self._settings = settings
        self.limits = limits
        super().__init__()

    def load_config(self) -> None:
        """Called at the start and at every reload; no file, argument or GUNICORN_* is read."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> ASGIApp:
        """Called in each worker, after the fork."""
        return WholeBodies(self._factory())


def run(
    app_factory: Callable[[], ASGIApp],
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    workers: int = 2,
    tls: TLS | None = None,
    on_ready: Callable[[str, int], None] | None = None,
    on_worker_end: Callable[[int], None] = lambda pid: None,
    on_unreadable: Callable[[str], None] = lambda slug: None,
    limits: Limits | None = None,
    timeout: int = 30,
    keepalive: int = 5,
    graceful_timeout: int = 30,
    loop: Literal["auto", "asyncio", "uvloop"] = "auto",
    log_level: str = "warning",
) -> NoReturn:
    """Serve until SIGTERM, then leave by SystemExit.

    `app_factory` is called in every worker. Port 0 takes a free one; `on_ready(host, port)` is
    called in this process once connections are accepted. With `tls` it is HTTPS, 1.2 or newer.
    `timeout` is both how long a body may
    stall and how long a worker may be stuck, in seconds. On SIGTERM and at a reload (SIGHUP)
    requests in flight have `graceful_timeout` seconds to end.

    Raises CannotListen. The exit status is 0 after SIGTERM, SIGINT or SIGQUIT, 3 if a worker
    could not start.
    """
    limits = limits or Limits()
    bind, address = _listen(host, port)

    def when_ready(arbiter: Any) -> None:
        log.info("listening on %s port %d, %d workers", *address, workers)
        if on_ready is not None:
            on_ready(*address)

    settings = {
        "bind": bind,
        "workers": workers,
        "worker_class": Worker,
        "when_ready": when_ready,
        "post_fork": leave_if_told_already,
        "child_exit": lambda arbiter, worker: on_worker_end(worker.pid),
        "timeout": timeout,
        "keepalive": keepalive,
        "graceful_timeout": graceful_timeout,
        "asgi_loop": loop,
        "loglevel": log_level,
        "limit_request_line": limits.request_line,
        "limit_request_fields": limits.header_fields,
        "limit_request_field_size": limits.header_field,
        **({"certfile": tls.certificate, "keyfile": tls.key} if tls is not None else {}),
        **_FIXED,
    }
    Application(app_factory, settings, limits, on_unreadable).run()
    raise SystemExit(0)  # run() leaves by SystemExit itself; this says so to the reader


_FIXED: dict[str, Any] = {
    "proc_name": "streamgauge",
    "backlog": BACKLOG,
    # With a socket of its own per worker, what waits in a stopping worker's queue would be lost.
    "reuse_port": False,
    "control_socket_disable": True,
    # The parser that our protocol and its tests know.
    "http_parser": "python",
    "http_protocols": "h1",
    "asgi_lifespan": "on",
    # Headers with an underscore get a 400; the default drops them without a word.
    "header_map": "refuse",
    # No client may name a scheme or a peer other than its own.
    "forwarded_allow_ips": "",
    "forwarder_headers": "",
    "secure_scheme_headers": {},
    "logger_class": Logger,
    "accesslog": None,
    # The heartbeat file: memory instead of a disk that may stall or be read-only.
    "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
}


def _listen(host: str, port: int) -> tuple[str, tuple[str, int]]:
    """Listen on the address; return gunicorn's `bind` for it, and its host and real port.

    gunicorn would try a taken port five times, a second apart, before it gives up.
    """
    if "GUNICORN_FD" in os.environ:  # SIGUSR2 has started this process, with the socket open
        return f"{host}:{port}", (host, port)
    ipv6 = ":" in host
    try:
        listener = socket.create_server(
            (host, port),
            family=socket.AF_INET6 if ipv6 else socket.AF_INET,
            backlog=BACKLOG,
            dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6(),
        )
    except OSError as error:
        # create_server repeats the address after the reason.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise CannotListen(host, port, reason) from error
    real_port = listener.getsockname()[1]
    return f"fd://{listener.detach()}", (host, real_port)
