"""What a large organisation as a whole is asked while events come in, and what it costs to be told
that an answer still holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle
from statistics import median

from streamgauge import CDEvent, cdevents
from streamgauge.cdevents import in_cloudevent
from streamgauge.postgres.database import Database
from streamgauge_bench import templates
from streamgauge_bench.client import Client
from streamgauge_bench.measured import Measured, Note, Stopwatch, percentile
from streamgauge_bench.metric import FIVE, LINKS
from streamgauge_bench.organisation import fill_organisation
from streamgauge_bench.processes import as_shipped, listening
from streamgauge_bench.replaying import PROJECTION
from streamgauge_bench.route import stages_of
from streamgauge_bench.scale import Lab

_READY = "/readyz"
_CONNECTIONS = 8
"""So many that each process of the service has one."""
_BOUND_IS = "p99 of GET /readyz, which asks Postgres two things"


def measure(lab: Lab) -> list[Measured]:
    """``organisation_p99_ms`` and ``not_modified_p99_ms``, over HTTP."""
    with lab.database() as database:
        _fill(lab, database)
        environ = as_shipped(database.url)
        with listening("streamgauge", "serve", "--port", "0", environ=environ) as port:
            with Client(port) as client:
                client.wait_until_settled()
            first = _warmed(port)
            return [_organisation(lab, port, first), _not_modified(lab, port)]


def _fill(lab: Lab, database: Database) -> None:
    stages = stages_of(database, lab)
    stages.facts[PROJECTION].step()  # makes the first build's tables
    # Nothing that is told of them is later than now.
    fill_organisation(database, lab.scale.facts, datetime.now(UTC) - timedelta(hours=3))
    for stage in (stages.derived[LINKS], *stages.metrics.values()):
        while stage.step():
            pass
    with database.connect() as conn:
        conn.execute("vacuum (analyze)")


def _warmed(port: int) -> dict[str, float]:
    """The seconds of the first answer of each metric, which has everything to read."""
    found = dict.fromkeys(FIVE, 0.0)
    for name in FIVE:
        for _ in range(_CONNECTIONS):
            with _connected(port) as client:
                found[name] = max(found[name], _timed(client, f"/v1/metrics/{name}") / 1000)
    return found


@contextmanager
def _connected(port: int) -> Iterator[Client]:
    """A connection of its own, to whichever process takes it, that has been used once."""
    with Client(port) as client:
        client.get(_READY)
        yield client


def _organisation(lab: Lab, port: int, first: dict[str, float]) -> Measured:
    """The five metrics as they are asked by default, of everything. Before each question something
    has happened, so that no answer is one that was given before."""
    events = _happening(lab.scale.facts)
    asked = cycle(FIVE)
    rounds: list[list[tuple[str, float, float]]] = []
    for _ in range(lab.scale.runs):
        times = []
        for _ in range(lab.scale.asked // 4 + 1):
            name = next(asked)
            with _connected(port) as client:
                client.post("/cdevents", in_cloudevent(next(events)))
                client.wait_until_settled()
                question = _timed(client, f"/v1/metrics/{name}")
                times.append((name, question, _timed(client, _READY)))
        rounds.append(times)
    all_times = [time for times in rounds for time in times]
    each = ", ".join(
        f"{name} {percentile([q for n, q, _ in all_times if n == name], 0.5):.1f}" for name in FIVE
    )
    return Measured(
        "organisation_p99_ms",
        median(percentile([question for _, question, _ in times], 0.99) for times in rounds),
        "ms",
        median(percentile([least for _, _, least in times], 0.99) for times in rounds),
        _BOUND_IS,
        [
            Note(f"p50: {each}"),
            Note("first: " + ", ".join(f"{name} {s:.1f} s" for name, s in first.items())),
            Note(
                f"{lab.scale.facts:,} deployments"
                f" of {templates.services(lab.scale.facts):,} services"
            ),
        ],
    )


def _not_modified(lab: Lab, port: int) -> Measured:
    """Whether the answer about everything that somebody has still holds."""
    paths = cycle(f"/v1/metrics/{name}?from=2020-01-01&to=2020-03-31" for name in FIVE)
    rounds = []
    for _ in range(lab.scale.runs):
        times = []
        for _ in range(lab.scale.asked):
            path = next(paths)
            with _connected(port) as client:
                tag, watch = client.tag(path), Stopwatch()
                with watch.running():
                    client.still(path, tag)
                times.append((watch.seconds * 1000, _timed(client, _READY)))
        rounds.append(times)
    return Measured(
        "not_modified_p99_ms",
        median(percentile([still for still, _ in times], 0.99) for times in rounds),
        "ms",
        median(percentile([least for _, least in times], 0.99) for times in rounds),
        _BOUND_IS,
        [Note(f"p50 {median(percentile([s for s, _ in times], 0.5) for times in rounds):.1f} ms")],
    )


def _timed(client: Client, path: str) -> float:
    """Milliseconds."""
    watch = Stopwatch()
    with watch.running():
        client.get(path)
    return watch.seconds * 1000


def _happening(deployments: int) -> Iterator[CDEvent]:
    """Deployments, each just now, and of a hundred events an incident that begins or is over."""
    number = 0
    while True:
        number += 1
        now = datetime.now(UTC)
        service = templates.service(number % templates.services(deployments))
        if number % 50 == 0:
            done = "detected" if number % 100 else "resolved"
            yield cdevents.new(
                f"incident.{done}",
                id=f"{done} {number}",
                source="/bench",
                timestamp=now,
                subject_id=f"bench-{number // 100}",
                content={"environment": {"id": "production"}, "service": {"id": service}},
            )
            continue
        yield cdevents.new(
            "service.deployed",
            id=f"deployed {number}",
            source="/bench",
            timestamp=now,
            subject_id=service,
            content={
                "environment": {"id": "production"},
                "artifactId": f"pkg:oci/shop@sha256%3A{number:064x}",
            },
            custom_data={"commit": f"{number:08x}".rjust(40, "f")},
        )
