"""/openapi.json says what the service does: compared with the code, and tried on a live service."""

from __future__ import annotations

import html.parser
import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from streamgauge.access import ROLES, Grant, mint, store
from streamgauge.cdevents import in_cloudevent
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge_http.app import create_app
from streamgauge_http.runtime import Runtime
from tests.conftest import fresh_database
from tests.dora.github import MARCH, STORY, deliver
from tests.helpers import a_deployment
from tests.service import Service, eventually

ENDLESS = "/v1/live"
"""Its answers have no end; tests/http/test_live.py tries what it is asked."""
EXCLUDED = [
    # A schema cannot say that `from` is before `to`, nor which metrics have which dimensions; what
    # is well-formed and makes no sense is a 400 here, and this check allows none.
    positive_data_acceptance,
    # In a query everything is text: a number in the place of a text is none that could be told from
    # one. What is no parameter, or no value of one, is tried in tests/http/test_bad_input.py.
    negative_data_rejection,
]
"""All other checks that there are are made."""


@pytest.fixture(scope="module")
def told(server_url: str) -> Iterator[Service]:
    """A service that knows a story."""
    environ = {"STREAMGAUGE_GITHUB_ALLOW_UNSIGNED": "true"}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        deliver(service, *STORY)
        service.settle()
        yield service


@pytest.fixture(scope="module")
def guarded(server_url: str) -> Iterator[tuple[Service, dict[str, str]]]:
    """The same with tokens, and the header of one that may do everything."""
    shown, token = mint(Grant("all", frozenset(ROLES)))
    with fresh_database(server_url) as url:
        environ = {"STREAMGAUGE_GITHUB_ALLOW_UNSIGNED": "true"}
        with Service.running(url, environ=environ) as service:
            deliver(service, *STORY)
            with Database(url, role="test") as database, database.transaction() as cursor:
                store.add(cursor, token)
            # In each process.
            eventually(lambda: all(service.get("/v1/routes").status == 401 for _ in range(8)))
            yield service, {"Authorization": f"Bearer {shown}"}


@pytest.fixture(scope="module")
def document(told: Service) -> Any:
    return told.get("/openapi.json").json


def routes_of(app: Any) -> dict[str, set[str]]:
    """Path -> methods, as the router has them."""
    found: dict[str, set[str]] = {}

    def walk(nodes: list[Any]) -> None:
        for node in nodes:
            if node.uri_template:
                methods = {n for n, each in node.method_map.items() if "." in each.__qualname__}
                own = {n for n in methods if "create_" not in node.method_map[n].__qualname__}
                path = re.sub(r"\{(\w+):\w+\}", r"{\1}", node.uri_template)
                found[path] = {n.lower() for n in own} - {"options", "head"}
            walk(node.children)

    walk(app._router._roots)
    return found


def test_it_has_every_path_and_method(document: Any) -> None:
    app = create_app(Runtime(Settings.load({}), "postgresql:///never"))
    described = {path: set(methods) for path, methods in document["paths"].items()}
    assert described == routes_of(app)
    assert len(described) > 20


def test_it_is_openapi_and_its_schemas_are_schemas(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    ids = [op["operationId"] for path in document["paths"].values() for op in path.values()]
    assert len(set(ids)) == len(ids)
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({**schema, "components": document["components"]})
    for path, methods in document["paths"].items():
        fields = set(re.findall(r"\{(\w+)\}", path))
        for operation in methods.values():
            inside = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert inside == fields, path


@pytest.mark.parametrize(
    ("method", "path", "status", "more"),
    [
        ("GET", "/v1/metrics/deployment_frequency?format=csv&to=2026-02-01", 200, {}),
        (
            "GET",
            "/v1/metrics/deployment_frequency/explain?format=csv&limit=1&from=2026-03-01&to=2026-04-01",
            200,
            {},
        ),
        ("GET", "/v1/metrics/deployment_frequency", 304, {"if-none-match": "*"}),
        ("GET", "/v1/deployments", 304, {"if-none-match": "*"}),
        ("GET", "/v1/overview", 304, {"if-none-match": "*"}),
        ("POST", "/cdevents", 202, {}),
    ],
)
def test_the_headers_of_an_answer_are_those_that_it_says(
    told: Service, document: Any, method: str, path: str, status: int, more: dict[str, str]
) -> None:
    event = in_cloudevent(a_deployment(1)).state if method == "POST" else None
    kind = {"content-type": "application/cloudevents+json"} if event else {}
    answer = told.request(method, path, event, {**kind, **more})
    assert answer.status == status
    template = re.sub("deployment_frequency", "{name}", path.partition("?")[0])
    said = document["paths"][template][method.lower()]["responses"][str(status)]["headers"]
    own = {"etag", "link", "retry-after", "www-authenticate", "x-request-id"}
    has = {n for n in answer.headers if n in own or n.startswith("streamgauge-")}
    assert has == {name.lower() for name in said} - ({"link"} - has)
    if "explain" in path:
        assert "link" in has


def test_who_shows_no_token_is_told_how(
    guarded: tuple[Service, dict[str, str]], document: Any
) -> None:
    service, _ = guarded
    for method, path in (("GET", "/v1/projections"), ("POST", "/cloudevents")):
        answer = service.request(method, path)
        said = document["paths"][path][method.lower()]["responses"]["401"]["headers"]
        assert (answer.status, answer.headers["www-authenticate"]) == (
            401,
            'Bearer realm="streamgauge"',
        )
        assert {"WWW-Authenticate", "X-Request-Id"} == set(said)


@pytest.mark.parametrize("path", ["/", "/healthz", "/docs", "/v1/metrics/deployment_frequency"])
def test_head_is_get_without_a_body(told: Service, path: str) -> None:
    got, head = told.get(path), told.request("HEAD", path)
    assert (head.status, head.body) == (got.status, b"")
    changing = {"x-request-id", "date"}
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in got.headers.items() if k not in changing
    }


def test_an_answer_without_an_end_has_no_head(told: Service) -> None:
    assert told.request("HEAD", "/v1/live?log=cdevents").status == 405


def test_a_role_says_only_what_it_has(server_url: str) -> None:
    with fresh_database(server_url) as url, Service.running(url, roles=["ingest"]) as service:
        paths = set(service.get("/openapi.json").json["paths"])
        assert "/cloudevents" in paths
        assert not any(path.startswith("/v1/metrics") for path in paths)


QUESTIONS = [
    "/v1/metrics",
    *(
        f"/v1/metrics/{name}?from={MARCH['from']}&to={MARCH['to']}&percentile=90{more}"
        for name in (
            "change_lead_time", "change_fail_rate", "deployment_frequency",
            "deployment_rework_rate", "failed_deployment_recovery_time",
        )
        for more in ("", "&group_by=service", "&service=nobody")
    ),
    f"/v1/metrics/change_lead_time/explain?from={MARCH['from']}&to={MARCH['to']}",
    "/v1/events/cloudevents", "/v1/events/cdevents", "/v1/deployments", "/v1/changes",
    "/v1/incidents", "/v1/projections", "/deploy-frequency/week", "/healthz", "/readyz",
    "/v1/metrics/none", "/v1/lineage/none", "/v1/deployments?limit=0",
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_are_of_the_shapes_that_it_says(
    told: Service, document: Any, question: str
) -> None:
    answer = told.get(question)
    path = question.partition("?")[0]
    template = next(
        each for each in document["paths"]
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path)
    )  # fmt: skip
    said = document["paths"][template]["get"]["responses"][str(answer.status)]
    schema = said["content"][answer.headers["content-type"]]["schema"]
    jsonschema_rs.validate({**schema, "components": document["components"]}, answer.json)


def test_lineage_is_of_its_shape(told: Service, document: Any) -> None:
    known = told.get("/v1/deployments").json["items"][0]["id"]
    answer = told.get(f"/v1/lineage/{known}").json
    schema = document["components"]["schemas"]["Lineage"]
    jsonschema_rs.validate({**schema, "components": document["components"]}, answer)


def test_the_page_has_all_of_it_and_asks_nobody(told: Service, document: Any) -> None:
    answer = told.get("/docs")
    text = answer.body.decode()
    assert answer.headers["content-type"].startswith("text/html")
    for path, methods in document["paths"].items():
        assert f"<code>{path}</code>" in text
        for operation in methods.values():
            assert f"id='{operation['operationId']}'" in text
    assert "<script" not in text
    outside = re.findall(r"(?:src|href)='(?!/|#)([^']+)'", text)
    assert outside == []
    assert "default-src 'none'" in answer.headers["content-security-policy"]

    class Balanced(html.parser.HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            if tag not in ("meta", "br"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    Balanced().feed(text)


@pytest.mark.slow
def test_schemathesis_finds_nothing(guarded: tuple[Service, dict[str, str]], document: Any) -> None:
    """Every operation, with what fits its declaration and what does not.

    Beside it, what a path or a query is not declared to take is answered as a problem, never by
    silence: tests/metrics/test_query.py and tests/lists.
    """
    schema = schemathesis.openapi.from_dict(document)
    service, token = guarded
    schema.config.update(base_url=f"http://127.0.0.1:{service.port}")
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path == ENDLESS:
            continue

        @settings(
            max_examples=25,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @schema_given(operation)
        def ask(case: Any) -> None:
            case.call_and_validate(excluded_checks=EXCLUDED, headers=token, timeout=60)

        ask()
        tried += 1
    assert tried >= len(document["paths"]) - 1


def schema_given(operation: Any) -> Any:
    from hypothesis import given

    modes = schemathesis.GenerationMode
    strategy = operation.as_strategy(generation_mode=modes.POSITIVE) | operation.as_strategy(
        generation_mode=modes.NEGATIVE
    )
    return given(case=strategy)


def test_every_answer_names_its_request(told: Service) -> None:
    for path in ("/healthz", "/v1/metrics", "/nowhere", "/v1/metrics/none"):
        mine = told.request("GET", path, None, {"X-Request-Id": "mine-1.2_3~4"})
        assert mine.headers["x-request-id"] == "mine-1.2_3~4"
        if mine.status >= 400:
            assert mine.json["request_id"] == "mine-1.2_3~4"
        for other in ("", "a" * 65, "two words", "<x>", "\xe9"):
            made = told.request("GET", path, None, {"X-Request-Id": other})
            assert re.fullmatch("[0-9a-f]{16}", made.headers["x-request-id"])
    assert json.dumps(told.get("/healthz").json)
