"""A real Prometheus that scrapes a service each second."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.service import Service, eventually

needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is not installed (Debian has it)"
)


class Prometheus:
    """Its HTTP API."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"

    @classmethod
    @contextmanager
    def scraping(cls, service: Service, folder: Path) -> Iterator[Prometheus]:
        """Start it, wait until it has an answer of the service, and stop it at the end."""
        job = {
            "job_name": "streamgauge",
            "static_configs": [{"targets": [f"127.0.0.1:{service.port}"]}],
        }
        document = {"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}
        config = folder / "prometheus.yml"
        config.write_text(json.dumps(document))  # YAML reads it too
        port = _free_port()
        with (folder / "said").open("w") as said:
            process = subprocess.Popen(
                ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
                 f"--web.listen-address=127.0.0.1:{port}"],
                stdout=said, stderr=said,
            )  # fmt: skip
        found = cls(port)
        try:
            eventually(found._is_ready)
            eventually(lambda: found.query('up{job="streamgauge"} == 1'))
            yield found
        finally:
            process.terminate()
            process.wait()

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series now. A query that it cannot read is an AssertionError with what it says."""
        return list(self._get("query", query=expression)["result"])

    def over(self, expression: str, seconds: int) -> list[dict[str, Any]]:
        """The series over the last seconds."""
        now = time.time()
        asked = {"query": expression, "start": now - seconds, "end": now, "step": 1}
        return list(self._get("query_range", **asked)["result"])

    def label_values(self, metric: str, label: str) -> list[str]:
        """The values that a label of the metric has."""
        return list(self._get(f"label/{label}/values", **{"match[]": metric}))

    def _get(self, path: str, **parameters: object) -> Any:
        try:
            with urlopen(f"{self._base}/api/v1/{path}?{urlencode(parameters)}") as answer:
                return json.load(answer)["data"]
        except HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from error

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"{self._base}/-/ready"):
                return True
        except OSError:  # nobody listens yet, or it answers 503
            return False


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
