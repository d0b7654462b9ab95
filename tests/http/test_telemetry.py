"""`GET /metrics`: counted in every process, told by any; stages as Postgres has them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from streamgauge import new_event
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import Failure
from streamgauge.processors.sources import OTHERS, Sources
from streamgauge.replay.chain import Stages
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge_http.telemetry import described, stages
from streamgauge_http.telemetry.counting import BUCKETS, Counted
from streamgauge_http.telemetry.exposition import expose
from streamgauge_http.telemetry.shared import Shared, shared
from tests.cli.test_cli import run
from tests.helpers import an_event, drain, plugins_with
from tests.service import Service, eventually

PAGE = Path(__file__).parents[2] / "docs/reference/telemetry.md"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_format(text)
        for sample in family.samples
    }


def scraped(service: Service) -> Samples:
    answer = service.get("/metrics")
    assert answer.status == 200
    return samples(answer.body.decode())


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


# What is counted


def test_what_became_of_events_and_deliveries_is_counted(database_url: str) -> None:
    with Service.running(database_url) as service:
        first, other = an_event(1), new_event(id="event-1", source="/test", type="a.b")
        service.send(first)
        service.send(first)
        service.send(other)
        service.send_batch([an_event(2), an_event(3), first])
        service.post("/", b"{", content_type="application/cloudevents+json")
        service.post("/webhooks/github", b"{}")
        service.get("/v1/metrics")
        service.request("BREW", "/nowhere")

        expected = {
            ("streamgauge_events_total", "outcome"): {"accepted": 3, "duplicate": 2, "conflict": 1},
            ("streamgauge_deliveries_total", "result"): {
                "taken": 3, "conflict": 1, "invalid-cloudevent": 1, "webhook-refused": 1,
            },
        }  # fmt: skip

        def told() -> bool:
            found = scraped(service)
            return all(
                value(found, name, **{label: key}) == number
                for (name, label), numbers in expected.items()
                for key, number in numbers.items()
            )

        eventually(told)  # another process may tell what it has counted a second later
        name = "streamgauge_http_request_duration_seconds_count"
        requests = {"/v1/metrics": ("GET", "200"), "/webhooks/{source}": ("POST", "403")}
        for route, (method, status) in requests.items():
            eventually(
                lambda labels={"method": method, "route": route, "status": status}: (
                    value(scraped(service), name, **labels) == 1
                )
            )


def test_no_count_falls_when_a_process_ends(database_url: str) -> None:
    with Service.running(database_url, roles=["ingest", "api"]) as service:
        eventually(lambda: value(scraped(service), "streamgauge_http_processes") == 2)
        for n in range(20):
            service.send(an_event(n))
        accepted = "streamgauge_events_total"
        eventually(lambda: value(scraped(service), accepted, outcome="accepted") == 20)
        workers = children_of(service.process.pid)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)

        def afresh() -> bool:
            try:
                return set(children_of(service.process.pid)).isdisjoint(workers) and (
                    value(scraped(service), "streamgauge_http_processes") == 2
                )
            except (OSError, AssertionError):
                return False

        eventually(afresh)
        assert value(scraped(service), accepted, outcome="accepted") == 20


def test_viewers_are_counted_while_they_look(database_url: str) -> None:
    with Service.running(database_url, roles=["ingest", "api"]) as service:
        name = "streamgauge_live_viewers"
        with socket.create_connection(("127.0.0.1", service.port)) as viewer:
            viewer.sendall(b"GET /v1/live?log=cdevents HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b" 200 " in viewer.recv(1000)
            eventually(lambda: value(scraped(service), name, log="cdevents") == 1)
            assert value(scraped(service), name, log="cloudevents") == 0
        eventually(lambda: value(scraped(service), name, log="cdevents") == 0)


def test_what_the_server_refuses_itself_is_counted(database_url: str) -> None:
    with Service.running(database_url, roles=["ingest", "api"]) as service:
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(b"nonsense\r\n\r\n")
            assert b"malformed-request" in client.recv(1000)
        name = "streamgauge_http_unreadable_total"
        eventually(lambda: value(scraped(service), name, reason="malformed-request") == 1)


@given(st.lists(st.floats(0, 20), max_size=30))
def test_a_duration_is_in_each_bucket_that_is_not_below_it(seconds: Sequence[float]) -> None:
    counted = Counted()
    durations = counted.durations_of(("GET", "/", "200"))
    for each in seconds:
        durations[bisect_left(BUCKETS, each)] += 1
        durations[-1] += each
    text, _ = expose(counted.counters(), counted.durations, "")
    found = samples(text.decode())
    labels = {"method": "GET", "route": "/", "status": "200"}
    name = "streamgauge_http_request_duration_seconds"
    for bound in BUCKETS if seconds else ():
        in_it = sum(each <= bound for each in seconds)
        assert value(found, f"{name}_bucket", le=str(bound), **labels) == in_it
    assert (value(found, f"{name}_count", **labels) or 0) == len(seconds)
    assert (value(found, f"{name}_sum", **labels) or 0) == pytest.approx(sum(seconds))


@given(st.lists(st.tuples(st.sampled_from(["add", "tell", "end"]), st.integers(0, 2))))
def test_sums_never_fall_whoever_ends_and_whoever_tells(steps: list[tuple[str, int]]) -> None:
    """A process is played by its file; only what it has told by its end is counted."""
    with shared() as here:
        assert here._folder is not None
        others = {number: Shared(here._folder) for number in range(3)}
        last = dict.fromkeys(others, 0.0)
        before, dead = 0.0, 0.0
        for step, number in steps:
            if step == "add":
                others[number].counted.add(described.EVENTS, "accepted", 1)
            elif step == "tell":
                last[number] = others[number].counted.totals[described.EVENTS.name]["accepted",]
                write_as(10_000_000 + number, others[number])
            else:
                here.bury(10_000_000 + number)
                dead += last[number]
                others[number], last[number] = Shared(here._folder), 0.0
            now = here.read().counters[described.EVENTS.name]["accepted",]
            assert before <= now == dead + sum(last.values())
            before = now


def write_as(pid: int, other: Shared) -> None:
    """Its file, as if a process of that number had written it."""
    other.write()
    folder = other._folder
    assert folder is not None
    (folder / str(os.getpid())).replace(folder / str(pid))


# How it is told


def test_the_formats_are_what_prometheus_reads(service: Service) -> None:
    answer = service.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = {(f.name, f.type, f.documentation) for f in text_format(answer.body.decode())}
    assert told == {(m.name.removesuffix("_total"), m.kind, m.help) for m in described.METRICS}
    newer = service.request("GET", "/metrics", headers={"Accept": OPENMETRICS})
    assert newer.headers["content-type"].startswith("application/openmetrics-text")
    assert {f.name for f in openmetrics(newer.body.decode())} == {name for name, _, _ in told}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_nothing(service: Service) -> None:
    service.send(an_event(1))
    service.settle()
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=service.get("/metrics").body, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_page_lists_every_metric_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    listed = [
        (name, kind, tuple(re.findall(r"`(\w+)`", labels)), text)
        for name, kind, labels, text in rows
    ]
    assert sorted(listed) == [(m.name, m.kind, m.labels, m.help) for m in described.METRICS]


def test_an_outage_is_told() -> None:
    environ = {"STREAMGAUGE_OPEN": "ingest,read"}  # stored tokens cannot be read then
    service = Service.start(
        "postgresql://127.0.0.1:1/none", roles=["ingest", "api"], environ=environ
    )
    try:
        eventually(lambda: any("listening" in line for line in service.output))
        found = re.search(r"listening on http://[^:]+:(\d+)", "".join(service.output))
        assert found is not None
        service.port = int(found[1])
        assert service.send(an_event(1)).status == 503
        eventually(
            lambda: value(scraped(service), "streamgauge_deliveries_total", result="unavailable")
        )
        told = scraped(service)
        assert value(told, "streamgauge_database_up") == 0
        assert not any(name.startswith("streamgauge_stage_") for name, _ in told)
    finally:
        service.stop()


def test_it_takes_a_token_that_may_read_all_tenants(database_url: str) -> None:
    token = "t" * 20
    environ = {"STREAMGAUGE_READ_TOKENS": token, "STREAMGAUGE_INGEST_TOKENS": "i" * 20}
    with Service.running(database_url, roles=["ingest"], environ=environ) as service:
        made = run(
            "token", "create", "acme", "--role", "read", "--tenant", "acme", url=database_url
        )
        of_a_tenant = made.out.split()[-1]
        for shown, status in (
            ("", 401), ("i" * 20, 403), (of_a_tenant, 403), (token, 200),
        ):  # fmt: skip
            headers = {"Authorization": f"Bearer {shown}"} if shown else {}
            assert service.request("GET", "/metrics", headers=headers).status == status


# What Postgres knows


class Failing:
    name = "failing"

    def transform(self, event: object) -> Sequence[object]:
        raise ValueError("no")


def test_stages_are_told_by_who_does_no_work_on_them(database_url: str) -> None:
    with Service.running(database_url, roles=["ingest", "api"]) as service:
        service.send_batch([an_event(n, type="com.example.thing") for n in range(5)])
        eventually(lambda: value(scraped(service), "streamgauge_stage_head", stage="cdevents") == 5)
        found = scraped(service)
        for name, expected in (("lag_events", 5), ("held", 0), ("position", 0), ("blocked", 0)):
            assert value(found, f"streamgauge_stage_{name}", stage="cdevents") == expected
        with Service.running(database_url, roles=["worker"]):
            for name, expected in (("position", 5), ("held", 1)):
                metric = f"streamgauge_stage_{name}"
                eventually(
                    lambda metric=metric, expected=expected: (
                        value(scraped(service), metric, stage="cdevents") == expected
                    )
                )
            found = scraped(service)
            holders = {dict(x)["holder"] for n, x in found if n.endswith("holder_info")}
            assert all(holder.startswith("worker ") for holder in holders)


def test_dead_letters_are_counted_without_what_a_url_may_hide(database: Database) -> None:
    plugins = plugins_with(transformers=[Failing()])
    handlers = ("failing", "https://u:pw@f.example/secret?key=1", "binary+https://f.example/other")
    with database.transaction() as cursor:
        for position, handler in enumerate((*handlers, "failing")):
            failure = Failure("default", position, "/t", "1", "a.b", handler, "1", "no")
            dead_letters.park(cursor, "cdevents@1", [failure])
        failure = Failure("default", 9, "/t", "1", "a.b", "failing", "1", "no")
        dead_letters.park(cursor, "cdevents@1", [failure], state="skipped")
    found = stages.read(database, Stages(database, plugins))[described.DEAD_LETTERS.name]
    assert found == {
        ("cdevents", "failing", "parked"): 2,
        ("cdevents", "https://f.example", "parked"): 2,
    }


def test_a_hundred_sources_are_named_and_the_rest_is_one(database: Database) -> None:
    events = [
        new_event(id=f"{n}-{k}", source=f"/{n:03d}", type="a.b")
        for n in range(110) for k in range(1 if n >= 100 else 2)
    ]  # fmt: skip
    CloudEventsLog(database).append(events)
    drain(Sources(database))
    values = stages.read(database, Stages(database, plugins_with()))
    found = values[described.SOURCE_EVENTS.name]
    assert len(found) == 101
    assert found["default", "/000"] == 2
    assert found["", OTHERS] == 10
    assert set(values[described.SOURCE_LAST.name]) == set(found)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
def test_prometheus_itself_scrapes_it(service: Service, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s}\n"
        "scrape_configs:\n"
        "  - job_name: streamgauge\n"
        f"    static_configs: [{{targets: ['127.0.0.1:{service.port}']}}]\n"
    )
    process = subprocess.Popen(
        ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'data'}",
         f"--web.listen-address=127.0.0.1:{port}"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    asked = Service(service.url, service.process, {}, port=port)
    try:

        def seen() -> bool:
            try:
                answer = asked.get("/api/v1/query?query=streamgauge_stage_held")
            except OSError:
                return False
            return answer.status == 200 and len(answer.json["data"]["result"]) > 1

        eventually(seen)
        assert asked.get("/api/v1/query?query=up").json["data"]["result"][0]["value"][1] == "1"
    finally:
        process.terminate()
        process.wait()
