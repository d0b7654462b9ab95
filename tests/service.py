"""The service as a user runs it: a process, a port, and requests over a socket."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from streamgauge import Event

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """A running `streamgauge serve`; `output` is what it has said so far."""

    url: str
    process: subprocess.Popen[str]
    environ: Mapping[str, str]
    output: list[str] = field(default_factory=list)
    port: int = 0

    @classmethod
    @contextmanager
    def running(
        cls,
        url: str,
        *,
        roles: Sequence[str] = (),
        port: int = 0,
        environ: Mapping[str, str] | None = None,
    ) -> Iterator[Service]:
        """Start it, wait until it listens (if it is to), and stop it at the end."""
        service = cls.start(url, roles=roles, port=port, environ=environ)
        try:
            if not roles or set(roles) != {"worker"}:
                service.wait_ready()
            yield service
        finally:
            service.stop()

    @classmethod
    def start(
        cls,
        url: str,
        *,
        roles: Sequence[str] = (),
        port: int = 0,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Service:
        env = {**os.environ, "DATABASE_URL": url, **(environ or {})}
        options = [part for role in roles for part in ("--role", role)]
        process = subprocess.Popen(
            [sys.executable, "-m", "streamgauge", "serve", "--port", str(port), *options],
            env=env,
            cwd=cwd,
            stderr=subprocess.PIPE,
            text=True,
        )
        service = cls(url, process, env, port=port)
        threading.Thread(target=service._read, daemon=True).start()
        return service

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr:
            for line in self.process.stderr:
                self.output.append(line)

    def wait_ready(self) -> None:
        def ready() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.output}")
            if not self.port:
                found = re.search(r"listening on http://[^:]+:(\d+)", "".join(self.output))
                if found is None:
                    return False
                self.port = int(found[1])
            try:
                return self.get("/readyz").status == 200
            except OSError:
                return False

        eventually(ready)

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def get(self, path: str, **parameters: Any) -> Answer:
        query = urlencode(parameters, doseq=True, quote_via=quote)
        return self.request("GET", f"{path}?{query}" if query else path)

    def post(self, path: str, body: bytes, **headers: str) -> Answer:
        return self.request(
            "POST", path, body, {name.replace("_", "-"): v for name, v in headers.items()}
        )

    def send(self, event: Event, path: str = "/") -> Answer:
        """The event in structured mode."""
        return self.post(path, event.state, content_type="application/cloudevents+json")

    def send_batch(self, events: Sequence[Event], path: str = "/") -> Answer:
        body = b"[" + b",".join(event.state for event in events) + b"]"
        return self.post(path, body, content_type="application/cloudevents-batch+json")

    def settle(self) -> None:
        """Wait until everything that was accepted is in the tables."""
        eventually(self.settled)

    def settled(self) -> bool:
        """Whether it is. One snapshot: where the router has no lag, the projections' lags count
        all of it."""
        answer = self.get("/v1/projections")
        return answer.status == 200 and all(
            item["lag"] == 0 and item["holder"] and item["build"] for item in answer.json["items"]
        )


def eventually(condition: Any, patience: float = PATIENCE_SECONDS) -> Any:
    """Wait until `condition()` is true and return what it gave."""
    deadline = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{condition} did not come true in {patience} s")
        time.sleep(0.05)
