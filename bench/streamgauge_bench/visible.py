"""How long it takes from an event's acceptance until the metric shows it, under load."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from statistics import median

from streamgauge import Event, cdevents, json_codec
from streamgauge_bench.background import load
from streamgauge_bench.client import PATIENCE_SECONDS, Client
from streamgauge_bench.measured import Measured, Note, percentile
from streamgauge_bench.processes import as_shipped, listening
from streamgauge_bench.scale import Lab

_WARM_UP_SECONDS = 2.0
_PAUSE = 0.001


def measure(lab: Lab) -> list[Measured]:
    """Ask the running service over and over, from the moment it has said 202, while it takes in
    GitHub's, Kubernetes' and CDEvents, 30 % of them deployments.

    The bound, right after each, is the same question once more: no answer comes sooner.
    """
    scale = lab.scale
    with (
        lab.database() as database,
        listening("streamgauge", "serve", "--port", "0", environ=as_shipped(database.url)) as port,
        Client(port) as client,
    ):
        client.wait_until_settled()
        with load(port, scale.behind, database.url) as background:
            time.sleep(_WARM_UP_SECONDS)
            rounds = [
                [_seen(client, run * scale.seen + number) for number in range(scale.seen)]
                for run in range(scale.runs)
            ]
    seen = [[milliseconds for milliseconds, _ in run] for run in rounds]
    asked = [[milliseconds for _, milliseconds in run] for run in rounds]
    half = median(percentile(run, 0.5) for run in seen)
    rate = background.rate
    return [
        Measured(
            "visible_p99_ms",
            median(percentile(run, 0.99) for run in seen),
            "ms",
            median(percentile(run, 0.99) for run in asked),
            "p99 of the same question alone, at the same time",
            [
                Note(f"p50 {half:.1f} ms"),
                Note(f"{rate:.0f} events/s in the background", missed=rate < 0.98 * scale.behind),
            ],
        )
    ]


def _seen(client: Client, number: int) -> tuple[float, float]:
    """Milliseconds until the event was seen, and those that the question takes alone."""
    service = f"visible-{number}"
    path = f"/v1/metrics/deployment_frequency?service={service}"
    # Not in step with anything that the service does at intervals.
    time.sleep(random.uniform(0.0, 0.02))
    client.post("/cdevents", _deployment(service))
    accepted = time.perf_counter()
    while not json_codec.decode(client.get(path))["n"]:
        if time.perf_counter() - accepted > PATIENCE_SECONDS:
            raise RuntimeError(f"an event was not seen within {PATIENCE_SECONDS:.0f} s")
        time.sleep(_PAUSE)
    seen = time.perf_counter()
    client.get(path)
    return (seen - accepted) * 1000, (time.perf_counter() - seen) * 1000


def _deployment(service: str) -> Event:
    return cdevents.in_cloudevent(
        cdevents.new(
            "service.deployed",
            id=service,
            source="/bench/visible",
            timestamp=datetime.now(UTC) - timedelta(days=1),
            subject_id=service,
            content={"environment": {"id": "production"}, "artifactId": "pkg:oci/visible@1"},
        )
    )
