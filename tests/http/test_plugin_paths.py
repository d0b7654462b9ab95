"""A plugin's own paths over sockets: a receiver's where its tool sends, an endpoint's answers.

The plugin is a package as a third party's would be, found by its entry point.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from streamgauge.cdevents import in_cloudevent
from tests.conftest import fresh_database
from tests.helpers import START, a_deployment
from tests.service import Service

TOKEN = "correct-horse-battery"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PLUGIN = """
import threading

from streamgauge import EndpointReply, Event, hookimpl, new_event
from streamgauge.errors import InvalidInput, InvalidQuery


class Receiver:
    paths = ("/toy/{shop}/orders", "/toy/{shop}/orders/{number}/cancel")

    def __init__(self, name, needs_token):
        self.name = name
        self.needs_token = needs_token
        self.paths = [path.replace("/toy", "/" + name) for path in self.paths]

    def receive(self, request):
        if request.body == b"bad":
            raise InvalidInput("bad", where="/body")
        data = {"path": request.path, "parts": dict(request.path_parameters)}
        return [new_event(id=request.body.decode(), source="/toy", type="toy", data=data)]


class Endpoint:
    name = "toy"
    paths = ("/toy/{shop}/metrics/{metric}", "/toy/{shop}/broken")

    def answer(self, request, ask):
        shop = request.path_parameters["shop"]
        if request.path.endswith("/broken"):
            raise RuntimeError(shop)
        assert threading.current_thread() is not threading.main_thread()
        try:
            found = ask(request.path_parameters["metric"], {**request.query, "service": [shop]})
        except InvalidQuery as error:
            return EndpointReply(400, {"message": str(error), "agent": request.headers["agent"]})
        return EndpointReply(203, [bucket["volume"] for bucket in found["buckets"]])


class Thief(Endpoint):
    name = "thief"
    paths = ("/free", "/toy/a/orders")


@hookimpl
def receivers():
    return [Receiver("toy", True), Receiver("signed", False)]


@hookimpl
def endpoints(settings):
    return [Endpoint(), Thief()]
"""


@pytest.fixture(scope="module")
def toys(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("installed")
    (folder / "streamgauge_toy.py").write_text(PLUGIN)
    info = folder / "toy-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[streamgauge]\ntoy = streamgauge_toy\n")
    environ = {
        "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]),
        "STREAMGAUGE_INGEST_TOKENS": TOKEN,
        "STREAMGAUGE_OPEN": "read",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        yield service


def newest(service: Service) -> dict[str, object]:
    data: dict[str, object] = service.get("/v1/events/cloudevents", order="desc", limit=1).json[
        "items"
    ][0]["event"]["data"]
    return data


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/toy/hats/orders", {"shop": "hats"}),
        ("/toy/hats/orders/", {"shop": "hats"}),
        ("/toy/h%C3%A4ts%20/orders/7/cancel", {"shop": "häts ", "number": "7"}),
        ("/webhooks/toy", {}),
    ],
)
def test_a_receiver_is_told_where_it_was_reached(
    toys: Service, path: str, parts: dict[str, str]
) -> None:
    sent = toys.request("POST", path, path.encode(), BEARER)
    assert (sent.status, sent.body, sent.headers["streamgauge-accepted"]) == (202, b"", "1")
    shown = path.replace("%C3%A4", "ä").replace("%20", " ").rstrip("/")
    assert newest(toys) == {"path": shown, "parts": parts}


def test_a_receiver_says_whether_a_delivery_needs_a_token(toys: Service) -> None:
    for path in ("/toy/hats/orders", "/webhooks/toy"):
        assert toys.request("POST", path, b"a").status == 401
        assert toys.request("POST", path, b"a", {"Authorization": "Bearer wrong"}).status == 401
        sent = toys.request("POST", f"{path}?access_token={TOKEN}", b"token for " + path.encode())
        assert sent.status == 202
    for path in ("/signed/hats/orders", "/webhooks/signed"):
        assert toys.request("POST", path, path.encode()).status == 202
    assert toys.request("POST", "/webhooks/nobody", b"c").status == 404


def test_a_receivers_path_is_an_entrance_like_the_others(toys: Service) -> None:
    shaken = toys.request("OPTIONS", "/toy/a/orders", None, {"WebHook-Request-Origin": "a.example"})
    assert (shaken.status, shaken.headers["allow"]) == (204, "OPTIONS, POST")
    assert shaken.headers["webhook-allowed-origin"] == "a.example"
    refused = toys.request("POST", "/toy/a/orders", b"bad", BEARER)
    assert (refused.status, refused.json["where"]) == (400, "/body")
    for path in ("/toy/a", "/toy/a/orders/7", "/toy/a/b/orders"):
        assert toys.request("POST", path, b"d", BEARER).status == 404
    assert toys.get("/toy/a/orders").status == 405


def test_an_endpoint_answers_what_the_metric_is(toys: Service) -> None:
    headers = {**BEARER, "Content-Type": "application/cloudevents+json"}
    sent = toys.request("POST", "/cdevents", in_cloudevent(a_deployment(1)).state, headers)
    assert sent.status == 202
    toys.settle()
    day = START.date().isoformat()
    asked = {"from": day, "to": f"{day[:8]}07", "interval": "day"}
    found = toys.get("/toy/shop/metrics/deployment_frequency", **asked)
    metric = toys.get("/v1/metrics/deployment_frequency", service="shop", **asked)
    assert (found.status, found.json) == (203, [b["volume"] for b in metric.json["buckets"]])
    assert found.json == [1, 0]
    assert found.headers["content-type"] == "application/json"


def test_what_an_endpoint_raises_is_a_problem_or_its_own_answer(toys: Service) -> None:
    path = "/toy/shop/metrics/deployment_frequency?interval=hour&tz="
    own = toys.request("GET", path, None, {"agent": "toy"})
    assert own.status == 400
    assert own.json["agent"] == "toy"
    assert own.json["message"].startswith(("interval: ", "tz: "))
    unknown = toys.request("GET", "/toy/shop/metrics/hats", None, {"agent": "toy"})
    assert (unknown.status, unknown.json["message"][:8]) == (400, "metric: ")
    broken = toys.get("/toy/shop/broken")
    assert (broken.status, broken.json["type"]) == (500, "/problems/internal-error")
    assert toys.request("POST", "/toy/shop/broken").status == 405


def test_the_later_of_two_with_one_path_is_left_out(toys: Service) -> None:
    assert toys.get("/free").status == 404
    said = "".join(toys.output)
    assert "endpoints: 'thief': /toy/a/orders is taken by 'toy'" in said
    assert toys.get("/toy/shop/broken").status == 500  # what it brought before is there


def test_each_role_has_its_own(server_url: str, toys: Service) -> None:
    with fresh_database(server_url) as url:
        environ = {"PYTHONPATH": toys.environ["PYTHONPATH"]}
        with Service.running(url, roles=["ingest"], environ=environ) as ingest:
            assert ingest.request("POST", "/toy/a/orders", b"a").status == 202
            assert ingest.get("/toy/shop/broken").status == 404
        with Service.running(url, roles=["api"], environ=environ) as api:
            assert api.request("POST", "/toy/a/orders", b"a").status == 404
            assert api.get("/toy/shop/broken").status == 500
