"""Lists of somebody else's: what they must be, and how a page is read and goes on over HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.contracts import Contracts
from streamgauge.errors import DatabaseUnavailable, UnknownName
from streamgauge.lists import Listing, ListQuery
from streamgauge.lists.read import read_page
from streamgauge.paths import OWN_NAMES, Paths
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from tests.conftest import fresh_database
from tests.helpers import START, a_deployment
from tests.lineage.changes import Changes
from tests.service import Service

PLUGIN = """
from psycopg.sql import SQL

from streamgauge import hookimpl
from streamgauge.lists import Listing, Page, Place
from streamgauge.projections import Projection


class Things(Listing):
    title = "things, the newest first"
    filters = {"colour": ("red", "blue"), "shape": ()}

    def page(self, cursor, tables, query):
        assert {"things"} == set(tables)
        found = [(START, each) for each in "dcba"] if query.tenant == "default" else []
        later = [p for p in found if query.after is None or p < query.after]
        items = [{"id": each, "at": at, **query.filters} for at, each in later[: query.limit]]
        more = len(later) > query.limit
        return Page(items, Place(*later[query.limit - 1]) if more else None)


class Mine(Projection):
    name = "mine"
    version = 1
    event_kinds = frozenset({"service.deployed"})
    tables = ("things",)
    schema = "create table {things} (thing text)"
    lists = {"things": Things()}

    def apply(self, cursor, tables, events):
        pass


@hookimpl
def projections():
    return [Mine()]
""".replace("START", repr(START)).replace("from psycopg.sql import SQL\n", "import datetime\n")


class Some(Listing):
    title = "some"
    filters: ClassVar[Any] = {}

    def page(self, *given: Any) -> Any:
        raise NotImplementedError


def made(lists: Any, name: str = "changes") -> Changes:
    item = Changes()
    item.name, item.lists, item.tables = name, lists, (f"{name}_table",)
    return item


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        (5, "lists must be a mapping"),
        ({"a": 5}, "'a' is no Listing with a title"),
        ({"a": type("S", (Some,), {"title": None})()}, "'a' is no Listing with a title"),
        ({"a": type("S", (Some,), {"filters": ("b",)})()}, "filters must be a mapping"),
        ({"a": type("S", (Some,), {"filters": {"limit": ()}})()}, "without tenant, from"),
        *(({name: Some()}, "is no name for /v1/") for name in ("", "A", "a/b", "{a}", 5, "a" * 51)),
        *(({name: Some()}, f"/v1/{name} is taken by 'Streamgauge'") for name in sorted(OWN_NAMES)),
    ],
)
def test_what_is_no_list_leaves_out_what_brings_it(lists: Any, said: str) -> None:
    contracts = Contracts(Paths())
    with pytest.raises(ValueError, match="the projection 'changes': ") as refused:
        contracts.check(made(lists))
    assert said in str(refused.value)
    contracts.check(made({"a": Some()}))  # its names were not taken


def test_a_name_is_one_things(plugins: Plugins) -> None:
    contracts = Contracts(Paths())
    contracts.check(made({"a": Some(), "b": Some()}))
    with pytest.raises(ValueError, match="/v1/b is taken by 'changes'"):
        contracts.check(made({"c": Some(), "b": Some()}, "others"))
    contracts.check(made({"c": Some()}, "others"))
    assert set(plugins.lists) == {"deployments", "changes", "incidents"}


def test_a_list_is_no_receivers_and_a_receivers_name_no_lists(plugins: Plugins) -> None:
    paths = Paths()
    paths.claim(plugins.receivers["links"])
    paths.claim(plugins.receivers["github"])
    with pytest.raises(ValueError, match="/v1/links is taken by 'links'"):
        paths.claim_names("mine", ["links"])
    paths.claim_names("mine", ["github"])


def test_what_has_no_tables_yet_is_not_there_yet(database: Database, plugins: Plugins) -> None:
    with pytest.raises(UnknownName, match="changes, deployments, incidents"):
        read_page(database, plugins, "things", ListQuery({}))
    with pytest.raises(DatabaseUnavailable, match="links has not started"):
        read_page(database, plugins, "changes", ListQuery({}))


@pytest.fixture(scope="module")
def service(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("installed")
    (folder / "streamgauge_things.py").write_text(PLUGIN)
    info = folder / "things-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: things\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[streamgauge]\nthings = streamgauge_things\n")
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    environ = {"PYTHONPATH": os.pathsep.join(paths)}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        for number in range(3):
            service.send(in_cloudevent(a_deployment(number, service=f"a&b {number}%")))
        service.settle()
        yield service


def test_pages_of_anybodys_list_go_on(service: Service) -> None:
    path: str | None = "/v1/things?colour=red&shape=a%26b%20%C3%A4&limit=3"
    found = []
    while path is not None:
        answer = service.request("GET", path)
        assert answer.status == 200, answer.body
        found += answer.json["items"]
        path = answer.json["next"]
        assert answer.json["as_of"] == {"projection": "mine", "position": 3}
    assert [item["id"] for item in found] == list("dcba")
    assert found[-1] == {
        "id": "a", "at": "2026-01-05T09:00:00Z", "colour": ["red"], "shape": ["a&b ä"]
    }  # fmt: skip
    assert service.get("/v1/things", tenant="others").json["items"] == []
    assert "things, the newest first" in service.get("/").json["paths"]["/v1/things"]


def test_what_is_wrong_is_told_with_what_is_allowed(service: Service) -> None:
    declared = ["colour", "shape", "from", "to", "limit", "cursor", "tenant", "format"]
    for parameters, where, allowed in (
        ({"colour": "green"}, "colour", ["red", "blue"]),
        ({"size": "7"}, "size", declared),
        ({"cursor": "x"}, "cursor", None),
        ({"limit": ["1", "2"]}, "limit", None),
    ):
        answer = service.get("/v1/things", **parameters)
        assert (answer.status, answer.json["type"]) == (400, "/problems/invalid-query")
        assert (answer.json["where"], answer.json.get("allowed")) == (where, allowed)
    assert service.request("POST", "/v1/things").status == 405
    assert service.get("/v1/nothing").status == 404


def test_the_lists_that_ship_go_on_over_http_too(service: Service) -> None:
    first = service.get("/v1/deployments", limit=2).json
    rest = service.request("GET", first["next"]).json
    services = [item["service"] for item in (*first["items"], *rest["items"])]
    assert services == ["a&b 2%", "a&b 1%", "a&b 0%"]
    assert (rest["next"], rest["as_of"]) == (None, {"projection": "delivery", "position": 3})
    assert service.get("/v1/deployments", service=["n" * 5000, "a&b 1%"]).json["items"]
    assert service.get("/v1/changes").json["items"] == service.get("/v1/incidents").json["items"]
