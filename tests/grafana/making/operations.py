"""Operations: what comes in, how fast it is answered, how far the stages are, what is silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.grafana.making import variables
from tests.grafana.making.parts import (
    LEGEND,
    Json,
    curve,
    fields,
    ordered,
    override,
    panel,
    row,
    step,
    words,
)
from tests.grafana.making.parts import (
    dashboard as framed,
)
from tests.grafana.making.queries import promql

_OURS = 'job="$job"'
_PROBES = 'route!~"/(healthz|readyz|metrics)"'
_RATE = "[$__rate_interval]"
_DURATION = "streamgauge_http_request_duration_seconds"
_MENDED = "What to do: docs/how-to/monitor.md."
_WAITING = f'streamgauge_dead_letters{{{_OURS},state=~"parked|blocking"}}'


def dashboard() -> Json:
    """All of it. What each replica counts is added up; what all tell alike is taken once."""
    return framed(
        "streamgauge-operations",
        "Streamgauge: operations",
        "Streamgauge itself, as Prometheus sees it.",
        variables=[
            *variables.sources("prometheus"),
            variables.label_values("job", "Job", "streamgauge_build_info"),
        ],
        panels=[
            *_now(), row("What comes in"), *_ingest(), row("How it answers"), *_answers(),
            row("Stages"), *_stages(), row("Processes and Postgres"), *_processes(),
            row("Sources and plugins"), *_sources(),
        ],
        time=("now-6h", "now"),
        refresh="1m",
    )  # fmt: skip


def _now() -> list[Json]:
    away, there = {"0": ("away", "red")}, {"1": ("reachable", "green")}
    return [
        _number("Postgres", "Whether every replica reaches its database, with the right tables."
                f" {_MENDED}", f"min(streamgauge_database_up{{{_OURS}}})",
                mappings=[words({**away, **there})]),
        _number("Accepted in the last hour", "New events of the last hour, of all replicas.",
                f'sum(increase(streamgauge_events_total{{{_OURS},outcome="accepted"}}[1h]))',
                decimals=0),
        _number("Longest wait", "For how long the oldest event has been waiting that some stage has"
                f" not read. More than five minutes, and growing, is an alert. {_MENDED}",
                f"max(streamgauge_stage_lag_seconds{{{_OURS}}})", unit="s", bad_from=300),
        _number("Dead letters to look at", "Events that could not be handled and wait for somebody."
                f" {_MENDED}", f"sum(max by (stage, handler, state) ({_WAITING})) or vector(0)",
                bad_from=1),
        _number("Stages without a worker", f"Nobody is at work on them. {_MENDED}",
                f"count(max by (stage) (streamgauge_stage_held{{{_OURS}}}) == 0) or vector(0)",
                bad_from=1),
        _number("Stages that stopped", f"They stand at an event that they cannot fold. {_MENDED}",
                f"sum(max by (stage) (streamgauge_stage_blocked{{{_OURS}}}))", bad_from=1),
    ]  # fmt: skip


def _ingest() -> list[Json]:
    return [
        _curve("Events by what became of them",
               "Accepted are new ones; a duplicate was recorded already and costs nothing; a"
               " conflict has the id of another event and other content.",
               f"sum by (outcome) (rate(streamgauge_events_total{{{_OURS}}}{_RATE}))",
               "{{outcome}}", unit="eps"),
        _curve("Share of duplicates", "Of the events that were offered. Retries after an outage"
               " raise it for a while.",
               f'sum(rate(streamgauge_events_total{{{_OURS},outcome="duplicate"}}{_RATE}))'
               f" / sum(rate(streamgauge_events_total{{{_OURS}}}{_RATE}))",
               "duplicates", unit="percentunit"),
        _curve("Refused deliveries by reason", "Requests whose events were not taken, by the slug"
               f" of the problem (docs/reference/problems.md). {_MENDED}",
               f'sum by (result) (rate(streamgauge_deliveries_total{{{_OURS},result!="taken"}}'
               f"{_RATE}))", "{{result}}", unit="reqps"),
        _curve("Unreadable requests", "Refused before they reached a route, by reason.",
               f"sum by (reason) (rate(streamgauge_http_unreadable_total{{{_OURS}}}{_RATE}))",
               "{{reason}}", unit="reqps"),
    ]  # fmt: skip


def _answers() -> list[Json]:
    asked = f"{_OURS},{_PROBES}"
    buckets = f"sum by (le, route) (rate({_DURATION}_bucket{{{asked}}}{_RATE}))"
    return [
        _curve("Latency by route, median", "Half of the requests were answered in less, from the"
               " request's head to its answer.",
               f"histogram_quantile(0.5, {buckets})", "{{route}}", unit="s"),
        _curve("Latency by route, 99th percentile", "One of a hundred requests took longer.",
               f"histogram_quantile(0.99, {buckets})", "{{route}}", unit="s"),
        _curve("Requests by status", "Health checks and scrapes are left out. A share of more than"
               f" 1 % of 5xx is an alert. {_MENDED}",
               f"sum by (status) (rate({_DURATION}_count{{{asked}}}{_RATE}))",
               "{{status}}", unit="reqps"),
        _curve("Live viewers", "Who follows the live feed of a log just now.",
               f"sum by (log) (streamgauge_live_viewers{{{_OURS}}})", "{{log}}"),
    ]  # fmt: skip


def _stages() -> list[Json]:
    return [
        _curve("Read per second", "Events that each stage has read; cdevents is the router.",
               _told("events_per_second"), "{{stage}}", unit="eps"),
        _curve("Lag in events", "How many each stage has still to read.",
               _told("lag_events"), "{{stage}}"),
        _curve("Lag in seconds", "For how long the oldest event that it has not read has waited.",
               _told("lag_seconds"), "{{stage}}", unit="s"),
        _curve("Dead letters", "Events that a handler could not handle, by where they stand: parked"
               f" and blocking ones wait for somebody, the others go on by themselves. {_MENDED}",
               f"max by (stage, handler, state) (streamgauge_dead_letters{{{_OURS}}})",
               "{{stage}} {{handler}}: {{state}}"),
        _table("Who is at work", "The process that holds each stage.", [
            f"max by (stage, holder) (streamgauge_stage_holder_info{{{_OURS}}})"
        ], ("stage", "holder"), width=12),
        _curve("Replay", "How far a replay is, of the events that it has to read; nothing while"
               " there is none.",
               f"max by (stage, step) (streamgauge_replay_position{{{_OURS}}})"
               f" / (max by (stage, step) (streamgauge_replay_head{{{_OURS}}}) > 0)",
               "{{stage}}: {{step}}", unit="percentunit", max=1),
    ]  # fmt: skip


def _processes() -> list[Json]:
    return [
        _curve("Processor time", "Of the processes that answer requests, in processors.",
               f"sum by (instance) (rate(streamgauge_http_cpu_seconds_total{{{_OURS}}}{_RATE}))",
               "{{instance}}", width=8),
        _curve("Memory", "Resident, of the processes that answer requests together.",
               f"sum by (instance) (streamgauge_http_resident_memory_bytes{{{_OURS}}})",
               "{{instance}}", unit="bytes", width=8),
        _curve("Open files", "Descriptors of the processes that answer requests together.",
               f"sum by (instance) (streamgauge_http_open_fds{{{_OURS}}})",
               "{{instance}}", width=8),
        _curve("Processes", "That answer requests, of each replica.",
               f"sum by (instance) (streamgauge_http_processes{{{_OURS}}})",
               "{{instance}}", width=8),
        _curve("Connections to Postgres", "In the pools of the processes that answer requests.",
               f"sum by (state) (streamgauge_database_connections{{{_OURS}}})",
               "{{state}}", width=8),
        _curve("Waiting for a connection", "Requests that wait for one of the pool. More than a few"
               " for long: the database is slow, or the pool too small.",
               f"sum by (instance) (streamgauge_database_waiting{{{_OURS}}})",
               "{{instance}}", width=8),
    ]  # fmt: skip


def _sources() -> list[Json]:
    silent = "Silent for"
    last = f"max by (tenant, source) (streamgauge_source_last_event_timestamp_seconds{{{_OURS}}})"
    return [
        _table("Silent sources", "For how long each source has said nothing, the longest first."
               f" streamgauge doctor knows how long is long for it. {_MENDED}",
               [f"sort_desc(time() - {last})"], ("source", "tenant", silent),
               width=12, shown={"Value": silent}, overrides=[override(silent, unit="s")]),
        _curve("Events by source", "Recorded ones.",
               "sum by (source) (max by (tenant, source) "
               f"(rate(streamgauge_source_events_total{{{_OURS}}}{_RATE})))", "{{source}}",
               unit="eps"),
        _table("Plugins", f"Those that failed bring nothing, or not all. {_MENDED}",
               [f"min by (plugin) (streamgauge_plugin_up{{{_OURS}}})"], ("plugin", "State"),
               width=12, shown={"Value": "State"}, overrides=[override(
                   "State", mappings=[words({"0": ("failed", "red"), "1": ("works", "green")})],
                   custom__cellOptions={"type": "color-text"},
               )]),
        _table("Versions", "What runs.", [
            f"sum by (instance, version, python) (streamgauge_build_info{{{_OURS}}})"
        ], ("instance", "version", "python"), width=12),
    ]  # fmt: skip


def _told(name: str) -> str:
    """A gauge of stages, which every replica tells alike."""
    return f"max by (stage) (streamgauge_stage_{name}{{{_OURS}}})"


def _number(
    title: str,
    description: str,
    expression: str,
    *,
    unit: str = "short",
    bad_from: float | None = None,
    mappings: Sequence[Json] = (),
    **more: Any,
) -> Json:
    steps = (
        [step("text", None)] if bad_from is None else [step("green", None), step("red", bad_from)]
    )
    return panel(
        "stat", title, description, [promql(expression)], width=4, height=4,
        fieldConfig=fields(
            unit=unit, steps=steps, mappings=mappings, noValue="no data", **more
        ),
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "textMode": "value", "colorMode": "value", "graphMode": "area",
            "justifyMode": "center", "orientation": "auto",
        },
    )  # fmt: skip


def _curve(
    title: str,
    description: str,
    expression: str,
    legend: str,
    *,
    unit: str = "short",
    width: int = 12,
    **more: Any,
) -> Json:
    return panel(
        "timeseries", title, description, [promql(expression, legend)], width=width, height=7,
        fieldConfig=fields(
            unit=unit, custom=curve(), noValue="no data", min=0, **more
        ),
        options=LEGEND,
    )  # fmt: skip


def _table(
    title: str,
    description: str,
    expressions: Sequence[str],
    columns: Sequence[str],
    *,
    width: int,
    shown: dict[str, str] | None = None,
    overrides: Sequence[Json] = (),
) -> Json:
    """The series as of now, a line each. `shown`: the value's column under another name."""
    found = ordered([{new: old for old, new in (shown or {}).items()}.get(c, c) for c in columns])
    found["options"]["renameByName"] = shown or {}
    found["options"]["excludeByName"] = {"Time": True, **({} if shown else {"Value": True})}
    return panel(
        "table", title, description, [promql(each, instant=True) for each in expressions],
        width=width, height=7,
        fieldConfig=fields(
            custom={"align": "auto", "filterable": True}, overrides=overrides, noValue="no data"
        ),
        options={"showHeader": True, "cellHeight": "sm"},
        transformations=[found],
    )  # fmt: skip
