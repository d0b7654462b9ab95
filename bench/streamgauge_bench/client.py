"""One keep-alive connection to a running service."""

from __future__ import annotations

import http.client
import time
from typing import Any

from streamgauge import Event, json_codec
from streamgauge.cloudevents.http_binding import STRUCTURED

PATIENCE_SECONDS = 60.0


class Client:
    """Sends a request and waits for its answer. Raises RuntimeError for one that is none."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)

    def get(self, path: str) -> bytes:
        """The body of a 200."""
        return self._answer("GET", path, None, {}, 200)[0]

    def tag(self, path: str) -> str:
        """That of a 200."""
        return self._answer("GET", path, None, {}, 200)[1]

    def still(self, path: str, tag: str) -> None:
        """Returns when the answer of the tag is said to hold still."""
        self._answer("GET", path, None, {"If-None-Match": tag}, 304)

    def post(self, path: str, event: Event) -> None:
        """Returns when the event is accepted."""
        self._answer("POST", path, event.state, {"Content-Type": STRUCTURED}, 202)

    def wait_until_settled(self) -> None:
        """Until every processor is at work and has done all there is."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            items: list[dict[str, Any]] = json_codec.decode(self.get("/v1/projections"))["items"]
            if all(item["holder"] and item["build"] and not item["lag"] for item in items):
                return
            time.sleep(0.05)
        raise RuntimeError(f"the processors were not done within {PATIENCE_SECONDS:.0f} s")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _answer(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
    ) -> tuple[bytes, str]:
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != status:
            raise RuntimeError(f"{method} {path}: {response.status} {answer[:1000]!r}")
        return answer, response.headers.get("ETag", "")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
