"""What every answer has: compression, headers for browsers, and the pages that may ask."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge_http.compression import takes_gzip
from tests.conftest import fresh_database
from tests.service import Service

LONG = "/openapi.json"
PORTAL = "https://portal.example.com"


@pytest.fixture(scope="module")
def welcoming(server_url: str) -> Iterator[Service]:
    environ = {"STREAMGAUGE_CORS_ORIGINS": f"{PORTAL},http://localhost:3000"}
    with (
        fresh_database(server_url) as url,
        Service.running(url, roles=["ingest", "api"], environ=environ) as service,
    ):
        yield service


@pytest.mark.parametrize("accepted", ["gzip", "GZIP, br", "br;q=1, gzip;q=0.5", "*"])
def test_long_answers_are_compressed_for_whoever_takes_that(
    welcoming: Service, accepted: str
) -> None:
    plain = welcoming.get(LONG)
    packed = welcoming.request("GET", LONG, None, {"Accept-Encoding": accepted})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 3
    assert "content-encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["vary"]


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.000, *", "identity"])
def test_and_for_nobody_else(welcoming: Service, accepted: str) -> None:
    answer = welcoming.request("GET", LONG, None, {"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers


def test_short_ones_are_not(welcoming: Service) -> None:
    answer = welcoming.request("GET", "/healthz", None, {"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


@given(st.text(max_size=40))
def test_any_header_is_read(text: str) -> None:
    assert takes_gzip(text) in (True, False)


def test_browsers_are_told_to_be_careful(welcoming: Service) -> None:
    for path in ("/healthz", "/v1/metrics", "/nowhere", "/docs", "/v1/metrics/none"):
        headers = welcoming.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]


def test_pages_that_are_named_may_ask(welcoming: Service) -> None:
    from_portal = {"Origin": PORTAL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    answer = welcoming.request("GET", "/v1/metrics", None, from_portal)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == PORTAL
    assert "ETag" in answer.headers["access-control-expose-headers"]
    refused = welcoming.request("GET", "/v1/metrics/none", None, from_portal)
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (400, PORTAL)


def test_they_are_told_so_beforehand(welcoming: Service) -> None:
    asked = {"Origin": PORTAL, "Access-Control-Request-Method": "GET",
             "Access-Control-Request-Headers": "authorization"}  # fmt: skip
    answer = welcoming.request("OPTIONS", "/v1/metrics", None, asked)
    assert answer.status == 204
    assert answer.headers["access-control-allow-methods"] == "GET"
    assert "Authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{PORTAL}.evil.example", ""])
def test_others_may_not(welcoming: Service, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    for method in ("GET", "OPTIONS"):
        answer = welcoming.request(method, "/v1/metrics", None, asked)
        assert "access-control-allow-origin" not in answer.headers
        assert "Origin" in answer.headers["vary"]


def test_without_the_setting_nobody_elsewhere_may(service: Service) -> None:
    answer = service.request("GET", "/v1/metrics", None, {"Origin": PORTAL})
    assert "access-control-allow-origin" not in answer.headers
    assert "Origin" not in answer.headers.get("vary", "")
