"""The service that the demo plays to: `streamgauge serve` as a process of its own."""

from __future__ import annotations

import errno
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from streamgauge_demo.client import Connection
from streamgauge_demo.errors import DemoFailed, PortTaken
from streamgauge_demo.show import waiting

# It ends with the demo, even by kill -9.
from streamgauge_http.supervisor import end_with_parent

START_SECONDS = 60.0
STOP_SECONDS = 15.0
PORTS_TO_TRY = 100

_LISTENING = re.compile(r"listening on http://")
_OF_THE_USER = re.compile(r"STREAMGAUGE_.*|POSTGRESQL_.*|CE_ROUTES|DATABASE_URL")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, and whether exactly there."""

    host: str
    port: int
    exact: bool

    @property
    def reached_at(self) -> str:
        """The host to connect to; the one that is listened on may stand for all of them."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104


class Service:
    """A running service."""

    def __init__(
        self,
        address: Address,
        port: int,
        environ: Mapping[str, str],
        say: Callable[[str], None],
    ) -> None:
        self.host, self.port = address.reached_at, port
        self._say = say
        self._listens = threading.Event()
        self._last_lines: deque[str] = deque(maxlen=10)
        # The interpreter that runs the demo, and the main thread: the kernel's promise to end the
        # child is about the thread that made it.
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamgauge", "serve"),
                *("--host", address.host, "--port", str(port)),
            ],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            preexec_fn=end_with_parent,
            # Ctrl-C goes to the whole terminal group; the service ends when we tell it.
            process_group=0,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def connect(self) -> Connection:
        """A connection to it."""
        return Connection(self.host, self.port)

    def wait_until_ready(self) -> None:
        """Until it takes requests. Raises DemoFailed."""
        end = time.monotonic() + START_SECONDS
        while not (self._listens.is_set() and self._is_ready()):
            self.check()
            if time.monotonic() > end:
                raise DemoFailed(f"the service was not ready in {START_SECONDS:.0f} s")
            time.sleep(0.05)

    def check(self) -> None:
        """Raises DemoFailed if it has ended by itself."""
        if self._process.poll() is None:
            return
        self._reader.join(1.0)
        said = "\n".join(self._last_lines)
        raise DemoFailed(f"the service ended with {self._process.returncode}\n{said}".rstrip())

    def stop(self) -> None:
        """End it; a request that is being answered still gets its answer."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(1.0)

    def _is_ready(self) -> bool:
        try:
            with self.connect() as connection:
                return connection.ask("GET", "/readyz").status == 200
        except OSError:
            return False

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                text = line.rstrip("\n")
                if _LISTENING.match(text):
                    # Only now is it certain that who answers on the port is this service.
                    self._listens.set()
                    continue
                self._last_lines.append(text)
                if self._listens.is_set():
                    self._say(text)


@contextmanager
def running(
    address: Address,
    database_url: str,
    settings: Mapping[str, str],
    say: Callable[[str], None],
) -> Iterator[Service]:
    """A service that is ready, for as long as the block lasts.

    Where the port is taken and need not be exactly that one, the next free one is used. Raises
    PortTaken, DemoFailed.
    """
    environ = {**_without_settings(os.environ), **settings, "DATABASE_URL": database_url}
    service = _start(address, environ, say)
    try:
        yield service
    finally:
        service.stop()


def _start(address: Address, environ: Mapping[str, str], say: Callable[[str], None]) -> Service:
    for port in range(address.port, min(address.port + PORTS_TO_TRY, 65_536)):
        if not _is_free(address.host, port):
            if address.exact:
                raise PortTaken(address.host, port)
            continue
        if port != address.port:
            say(f"port {address.port} is taken; using {port}")
        service = Service(address, port, environ, say)
        try:
            with waiting(f"starting the service at {service.url}"):
                service.wait_until_ready()
        except DemoFailed:
            service.stop()
            if _is_free(address.host, port):
                raise
            # Another program took it at the same moment.
            if address.exact:
                raise PortTaken(address.host, port) from None
        except BaseException:
            service.stop()
            raise
        else:
            return service
    raise DemoFailed(f"no port from {address.port} on is free; give one with --port")


def _is_free(host: str, port: int) -> bool:
    """Whether the port can be listened on. Raises DemoFailed where no port of the host can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            return True
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise DemoFailed(f"cannot listen on {host} port {port}: {error.strerror}") from None


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would make this service another one than the demo's."""
    kept = {name: value for name, value in environ.items() if not _OF_THE_USER.fullmatch(name)}
    return {**kept, "STREAMGAUGE_CONFIG": os.devnull}
