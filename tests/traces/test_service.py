"""One trace from the sender's request to the fold, as a collector gets it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.traces import Context
from streamgauge.traces.context import carrying
from tests.conftest import fresh_database
from tests.helpers import a_deployment
from tests.service import Service, eventually
from tests.traces.receiver import Collector

SPAN = "b7ad6b7169203331"
ENVIRON = {"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=t"}


def trace_id(number: int) -> str:
    return f"{number:032x}"


def traceparent(number: int) -> str:
    return f"00-{trace_id(number)}-{SPAN}-01"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector.running() as collector:
        yield collector


@pytest.fixture(scope="module")
def traced(server_url: str, collector: Collector) -> Iterator[Service]:
    environ = {**ENVIRON, "STREAMGAUGE_OTLP_ENDPOINT": collector.url}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def post(service: Service, event: Any, **headers: str) -> None:
    found = service.request(
        "POST", "/cdevents", event.state,
        {"Content-Type": "application/cloudevents+json", **headers},
    )  # fmt: skip
    assert found.status == 202, found.body


def recorded(service: Service, event_id: str) -> Mapping[str, Any]:
    items = service.get("/v1/events/cloudevents", limit=1000).json["items"]
    return next(item["event"] for item in items if item["event"]["id"] == event_id)


def test_one_trace_from_the_senders_request_to_the_fold(
    traced: Service, collector: Collector
) -> None:
    event = in_cloudevent(a_deployment(1))
    post(traced, event, traceparent=traceparent(1), tracestate="vendor=7")
    names = {"POST /cdevents", "transform cdevents", "fold delivery"}
    eventually(lambda: set(collector.of(trace_id(1))) >= names)
    spans = collector.of(trace_id(1))
    assert set(spans) == names
    assert {each.parent for each in spans.values()} == {SPAN}
    assert spans["POST /cdevents"].role == "http"
    assert spans["POST /cdevents"].attributes["http.response.status_code"] == 202
    assert spans["transform cdevents"].role == spans["fold delivery"].role == "worker"
    assert spans["transform cdevents"].attributes["streamgauge.cdevents"] == 1
    kept = recorded(traced, event.id)
    assert (kept["traceparent"], kept["tracestate"]) == (traceparent(1), "vendor=7")
    # The page is a span too, linked to the traces of its events.
    pages = [each for each in collector.spans if trace_id(1) in each.links]
    assert [each.name for each in pages] == ["fold delivery"]
    assert spans["fold delivery"].links == (pages[0].trace,)


def test_an_events_own_trace_goes_before_its_requests(
    traced: Service, collector: Collector
) -> None:
    event = carrying(in_cloudevent(a_deployment(2)), Context(traceparent(2)))
    found = traced.request(
        "POST", "/cloudevents", event.state,
        {"Content-Type": "application/cloudevents+json", "traceparent": traceparent(3)},
    )  # fmt: skip
    assert found.status == 202
    eventually(lambda: "fold delivery" in collector.of(trace_id(2)))
    assert set(collector.of(trace_id(2))) == {"transform cdevents", "fold delivery"}
    eventually(lambda: set(collector.of(trace_id(3))) == {"POST /cloudevents"})
    assert recorded(traced, event.id)["traceparent"] == traceparent(2)


def test_a_trace_that_nobody_began_begins_here(traced: Service, collector: Collector) -> None:
    event = in_cloudevent(a_deployment(3))
    post(traced, event)
    parent = recorded(traced, event.id)["traceparent"]
    _, trace, span, flags = parent.split("-")
    assert int(flags, 16) & 1
    eventually(lambda: {"POST /cdevents", "fold delivery"} <= set(collector.of(trace)))
    spans = collector.of(trace)
    assert (spans["POST /cdevents"].span, spans["POST /cdevents"].parent) == (span, "")
    assert spans["transform cdevents"].parent == span


def test_a_redelivery_is_one_event_and_the_first_trace_stays(traced: Service) -> None:
    event = in_cloudevent(a_deployment(4))
    post(traced, event, traceparent=traceparent(4))
    found = traced.request(
        "POST", "/cdevents", event.state,
        {"Content-Type": "application/cloudevents+json", "traceparent": traceparent(5)},
    )  # fmt: skip
    assert (found.status, found.headers["streamgauge-duplicates"]) == (202, "1")
    assert recorded(traced, event.id)["traceparent"] == traceparent(4)


def test_what_is_not_sampled_is_recorded_as_it_came(traced: Service, collector: Collector) -> None:
    event = in_cloudevent(a_deployment(5))
    post(traced, event, traceparent=traceparent(6)[:-2] + "00")
    traced.settle()
    assert "traceparent" not in recorded(traced, event.id)
    post(traced, in_cloudevent(a_deployment(6)), traceparent=traceparent(7))
    eventually(lambda: "fold delivery" in collector.of(trace_id(7)))
    assert collector.of(trace_id(6)) == {}


def test_a_question_is_a_span_within_its_request(traced: Service, collector: Collector) -> None:
    traced.request(
        "GET", "/v1/metrics/deployment_frequency", headers={"traceparent": traceparent(8)}
    )
    traced.request("GET", "/v1/metrics/nosuch", headers={"traceparent": traceparent(9)})
    eventually(lambda: len(collector.of(trace_id(8))) == 2 and len(collector.of(trace_id(9))) == 2)
    spans = collector.of(trace_id(8))
    assert set(spans) == {"GET /v1/metrics/{name}", "metric deployment_frequency"}
    request = spans["GET /v1/metrics/{name}"]
    assert spans["metric deployment_frequency"].parent == request.span
    refused = collector.of(trace_id(9))
    assert refused["metric unknown"].failed
    assert refused["GET /v1/metrics/{name}"].attributes["streamgauge.problem"] == "invalid-query"
    assert not refused["GET /v1/metrics/{name}"].failed


def test_health_is_no_span(traced: Service, collector: Collector) -> None:
    traced.get("/healthz")
    traced.request("GET", "/v1/metrics", headers={"traceparent": traceparent(10)})
    eventually(lambda: collector.of(trace_id(10)))
    assert not any("healthz" in each.name for each in collector.spans)


def test_without_the_setting_an_event_is_kept_to_the_byte(service: Service) -> None:
    event = in_cloudevent(a_deployment(1))
    post(service, event, traceparent=traceparent(1))
    assert "traceparent" not in recorded(service, event.id)
    assert json.loads(event.state) == recorded(service, event.id)
