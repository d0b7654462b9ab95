"""Broken plugins in a running service: it is up, says what is wrong, and the others work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

from streamgauge.cdevents import in_cloudevent
from tests.conftest import fresh_database
from tests.helpers import START, a_deployment
from tests.service import Service, eventually

PLUGINS = {
    "raises": "raise RuntimeError('at import')",
    "leaves": "raise SystemExit(3)",
    "rubbish-transformers": "transformers = hookimpl(lambda: [5])",
    "rubbish-routes": "routes = hookimpl(lambda: {'a': 5})",
    "rubbish-receivers": "receivers = hookimpl(lambda: 5)",
    "rubbish-endpoints": "endpoints = hookimpl(lambda: 'x')",
    "rubbish-projections": "projections = hookimpl(lambda: [object()])",
    "rubbish-metrics": "metrics = hookimpl(lambda: [object()])",
    "rubbish-commands": "commands = hookimpl(lambda: [5])",
    "leaving-hook": """
        @hookimpl
        def receivers():
            raise SystemExit(3)
    """,
    "unsure-receiver": """
        class Receiver:
            name = "unsure"
            needs_token = property(lambda self: 1 / 0)

            def receive(self, request):
                return []

        receivers = hookimpl(lambda: [Receiver()])
    """,
    "unsure-transformer": """
        class Transformer:
            name = "unsure"
            version = property(lambda self: 1 / 0)

            def transform(self, event):
                return []

        transformers = hookimpl(lambda: [Transformer()])
        routes = hookimpl(lambda: {"a": ["unsure", "nobody"]})
    """,
}
"""Those that are left out, wholly or from where they break."""

TOYS = """
    import asyncio

    from streamgauge import EndpointReply, new_event
    from streamgauge.metrics import Metric


    class Receiver:
        name = "toy"

        def receive(self, request):
            event = new_event(id=request.body.decode(), source="/toy", type="toy", data={})
            match request.body:
                case b"error":
                    raise RuntimeError("a secret")
                case b"exit":
                    raise SystemExit(3)
                case b"cancelled":
                    raise asyncio.CancelledError
                case b"none":
                    return None
                case b"number":
                    return 5
                case b"texts":
                    return ["text"]
                case b"half":
                    return [event, 5]
                case b"late":
                    return (1 / 0 for _ in "a")
            return [event]


    class Endpoint:
        name = "toy"
        paths = ("/toy/{fault}",)

        def answer(self, request, ask):
            match request.path_parameters["fault"]:
                case "exit":
                    raise SystemExit(3)
                case "none":
                    return None
                case "status":
                    return EndpointReply("many", {})
                case "document":
                    return EndpointReply(200, object())
            return EndpointReply(200, {})


    class Toy(Metric):
        name = "toy"
        title = description = unit = "toys"
        projection = "delivery"

        def answer(self, cursor, tables, query, definition):
            if "service" in query.filters:
                raise SystemExit(3)
            return None


    class Transformer:
        name = "toy"

        def transform(self, event):
            raise SystemExit(3)


    receivers = hookimpl(lambda: [Receiver()])
    endpoints = hookimpl(lambda: [Endpoint()])
    metrics = hookimpl(lambda: [Toy()])
    transformers = hookimpl(lambda: [Transformer()])
    routes = hookimpl(lambda: {"toy": ["toy"]})
"""
"""It is loaded, and breaks when it is asked."""


@pytest.fixture(scope="module")
def service(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("installed")
    plugins = {**PLUGINS, "toy": TOYS}
    for name, text in plugins.items():
        module = "from streamgauge import hookimpl\n" + textwrap.dedent(text)
        (folder / f"broken_{name.replace('-', '_')}.py").write_text(module)
    info = folder / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    points = [f"{name} = broken_{name.replace('-', '_')}" for name in plugins]
    (info / "entry_points.txt").write_text("\n".join(["[streamgauge]", *points, ""]))
    environ = {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        service.settle()
        yield service


def check_that_it_works(service: Service, number: int) -> None:
    """An event comes in by another plugin, and out of another's metric."""
    assert service.process.poll() is None
    asked = {"from": START.date().isoformat(), "to": "2026-01-12"}
    before = service.get("/v1/metrics/deployment_frequency", **asked).json["n"]
    event = in_cloudevent(a_deployment(number))
    assert service.send(event, "/cdevents").status == 202
    service.settle()
    assert service.get("/v1/metrics/deployment_frequency", **asked).json["n"] == before + 1


def test_it_serves_and_says_what_is_wrong(service: Service) -> None:
    check_that_it_works(service, 1)
    said = "".join(service.output)
    for name in PLUGINS:
        assert f"plugin {name} (broken): " in said, name


@pytest.mark.parametrize(
    "body", ["error", "exit", "cancelled", "none", "number", "texts", "half", "late"]
)
def test_a_receiver_that_breaks_is_answered_and_nothing_is_recorded(
    service: Service, body: str
) -> None:
    broken = service.post("/webhooks/toy", body.encode())
    assert (broken.status, broken.json["type"]) == (500, "/problems/internal-error")
    assert "secret" not in broken.json["detail"]
    eventually(lambda: "POST /webhooks/toy failed" in "".join(service.output))
    assert service.post("/webhooks/toy", f"good after {body}".encode()).status == 202
    assert service.process.poll() is None
    newest = service.get("/v1/events/cloudevents", order="desc", limit=2).json["items"]
    assert body not in {item["event"]["id"] for item in newest}


@pytest.mark.parametrize("fault", ["exit", "none", "status", "document"])
def test_an_endpoint_that_breaks_is_answered(service: Service, fault: str) -> None:
    broken = service.get(f"/toy/{fault}")
    assert (broken.status, broken.json["type"]) == (500, "/problems/internal-error")
    assert service.get("/toy/well").status == 200


@pytest.mark.parametrize("asked", [{}, {"service": "shop"}])
def test_a_metric_that_breaks_is_answered(service: Service, asked: dict[str, str]) -> None:
    broken = service.get("/v1/metrics/toy", **asked)
    assert (broken.status, broken.json["type"]) == (500, "/problems/internal-error")
    assert service.get("/v1/metrics/change_lead_time").status == 200


def test_a_transformer_that_leaves_parks_its_event_and_nothing_stops(service: Service) -> None:
    assert service.post("/webhooks/toy", b"for the transformer").status == 202
    check_that_it_works(service, 2)
    said = subprocess.run(
        [sys.executable, "-m", "streamgauge", "dead-letters", "list", "--json"],
        env=dict(service.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    letters = json.loads(said)["items"]
    assert "SystemExit: 3" in {letter["reason"] for letter in letters}
