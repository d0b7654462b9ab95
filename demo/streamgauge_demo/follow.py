"""Asks the running service: how far it is, and what the metrics say."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from streamgauge_demo.client import Connection
from streamgauge_demo.company import ZONE
from streamgauge_demo.errors import DemoFailed
from streamgauge_demo.service import Service

PATIENCE_SECONDS = 60.0
"""For how long the processors may stand still."""


def wait_until_processed(service: Service, progress: Callable[[int, int], None]) -> int:
    """Until the router and every projection have taken in all there is.

    `progress` is told how many events are behind the slowest, and how many there are. Gives the
    number of events that could not be handled. Raises DemoFailed.
    """
    best, last = None, time.monotonic()
    with service.connect() as connection:
        while True:
            items = _get(connection, "/v1/projections")["items"]
            lag, heads = (sum(item[name] for item in items) for name in ("lag", "head"))
            progress(heads - lag, heads)
            # All are read at one moment: where the router has no lag, the projections' lags count
            # all that it gave them.
            if lag == 0 and all(item["holder"] for item in items):
                return sum(item["parked"] for item in items)
            positions = [item["position"] for item in items]
            if positions != best:
                best, last = positions, time.monotonic()
            service.check()
            if time.monotonic() - last > PATIENCE_SECONDS:
                raise DemoFailed(
                    f"the worker has stood still for {PATIENCE_SECONDS:.0f} s, {lag} events "
                    f"behind; {service.url}/v1/projections says where"
                )
            time.sleep(0.1)


def metrics(service: Service) -> dict[str, dict[str, Any]]:
    """Name -> what that metric says of each service, of the last 90 days."""
    query = urlencode({"group_by": "service", "tz": ZONE.key})
    with service.connect() as connection:
        return {
            item["name"]: _get(connection, f"{item['href']}?{query}")
            for item in _get(connection, "/v1/metrics")["items"]
        }


def _get(connection: Connection, path: str) -> dict[str, Any]:
    try:
        answer = connection.ask("GET", path)
    except OSError as error:
        raise DemoFailed(f"GET {path} failed: {error}") from None
    if answer.status != 200:
        raise DemoFailed(f"GET {path} was answered with {answer.status}: {answer.body[:500]!r}")
    document: dict[str, Any] = json.loads(answer.body)
    return document
