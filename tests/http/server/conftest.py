"""A server in processes of its own, and a client that sends exactly the bytes it is told to.

`server` is the sample application on each event loop, shared by the tests that leave it as it
was. `serve(target, **options)` starts one for the test alone; `target` is `FILE:FACTORY`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SAMPLE = f"{HERE / 'sample_app.py'}:create"
# gunicorn forgets a copy of the listening socket that it makes to look at.
WARNINGS = ["-W", "error", "-W", "ignore:unclosed:ResourceWarning"]
LOOPS = ["uvloop", "asyncio"]
PATIENCE = 30
"""Seconds after which a test gives up; nothing here normally takes that long."""


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One connection. A connection that was reset raises ConnectionError when read."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.file = self.sock.makefile("rb")

    def send(self, data: bytes) -> Client:
        self.sock.sendall(data)
        return self

    def half_close(self) -> Client:
        self.sock.shutdown(socket.SHUT_WR)
        return self

    def reply(self, method: str = "GET") -> Reply:
        status = int(self._line().split(" ", 2)[1])
        headers = {}
        while line := self._line():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Reply(status, headers, self._body(headers, status == 100 or method == "HEAD"))

    def at_end(self) -> bool:
        """Wait for the next byte or the orderly end; whether it was the end."""
        return self.file.read(1) == b""

    def close(self) -> None:
        self.file.close()
        self.sock.close()

    def _line(self) -> str:
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError(f"the server ended the connection after {line!r}")
        return line[:-2].decode("latin-1")

    def _body(self, headers: dict[str, str], bodiless: bool) -> bytes:
        if bodiless:
            return b""
        if headers.get("transfer-encoding") != "chunked":
            return self.file.read(int(headers["content-length"]))
        body = io.BytesIO()
        while size := int(self._line(), 16):
            body.write(self.file.read(size))
            self._line()
        self._line()
        return body.getvalue()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Server:
    """A launched server; `port` and `pid` (the arbiter's) are known once it listens."""

    def __init__(self, target: str, options: dict[str, object]) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, *WARNINGS, HERE / "launcher.py", target, json.dumps(options)],
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        ready = self.process.stdout.readline()
        if ready:
            self.port, self.pid = (json.loads(ready)[key] for key in ("port", "pid"))
        else:
            self.process.wait(PATIENCE)

    @property
    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def connect(self) -> Client:
        return Client(self.port)

    def request(self, data: bytes, method: str = "GET") -> Reply:
        """One answer to `data`, sent whole before anything is read."""
        with self.connect() as client:
            return client.send(data).reply(method)

    def get(self, path: str) -> Reply:
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        return self.request(head.encode())

    def signal(self, number: int, pid: int | None = None) -> None:
        os.kill(pid or self.pid, number)

    def stop(self) -> int:
        """Stop gracefully; the exit status."""
        self.signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def destroy(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        self._log.close()


@pytest.fixture(scope="session", params=LOOPS)
def server(request):
    limits = {"header_timeout": 1.0, "linger_quiet": 1.0}
    server = Server(SAMPLE, {"loop": request.param, "workers": 1, "keepalive": 1, "limits": limits})
    yield server
    log = server.log
    server.destroy()
    assert log == ""


@pytest.fixture
def sample() -> Path:
    return HERE / "sample_app.py"


@pytest.fixture(params=LOOPS)
def loop(request) -> str:
    return request.param


@pytest.fixture
def serve():
    servers = []

    def start(target: str = SAMPLE, **options: object) -> Server:
        servers.append(Server(target, options))
        return servers[-1]

    yield start
    for server in servers:
        server.destroy()


@pytest.fixture
def eventually():
    """Call until the result is true, and return it."""

    def wait(condition):
        deadline = time.monotonic() + PATIENCE
        while not (result := condition()):
            assert time.monotonic() < deadline, "it has not come true"
            time.sleep(0.02)
        return result

    return wait
