"""The routing table, in the proof of concept's form."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamgauge.errors import RoutesError
from streamgauge.plugins import Plugins
from streamgauge.routing.router import routing_table
from streamgauge.routing.table import RoutingTable, parse_table
from streamgauge.settings import Settings

PROOF_OF_CONCEPT = """
routes:
  "dev.knative.apiserver.resource.add":
  - http://api-server-to-service-deployment-function.dora-cloudevents.svc.cluster.local
  - http://sockeye.default.svc.cluster.local
  "dev.knative.github.pr.new":
  - http://sockeye.default.svc.cluster.local
"""


def test_the_proof_of_concepts_table_is_read(plugins: Plugins) -> None:
    settings = Settings.load({"CE_ROUTES": PROOF_OF_CONCEPT})
    table = routing_table(plugins, settings)
    assert table.targets("dev.knative.apiserver.resource.add") == (
        "http://api-server-to-service-deployment-function.dora-cloudevents.svc.cluster.local",
        "http://sockeye.default.svc.cluster.local",
    )
    assert "kubernetes" in table.targets("dev.knative.apiserver.resource.update")


def test_a_file_is_laid_over_the_plugins_routes(tmp_path: Path, plugins: Plugins) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text("routes: {com.github.push: [], 'com.example.*': [cdevents]}")
    table = routing_table(plugins, Settings.load({"STREAMGAUGE_ROUTES": str(path)}))
    assert table.targets("com.github.push") == ()
    assert table.targets("com.example.a.b") == ("cdevents",)
    assert table.targets("com.github.issues") == ("github",)


def test_exact_wins_over_pattern_and_long_over_short() -> None:
    table = RoutingTable({"a.*": ["short"], "a.b.*": ["long"], "a.b.c": ["exact"], "*": ["all"]})
    assert [table.targets(t) for t in ("a.b.c", "a.b.x", "a.x", "z")] == [
        ("exact",),
        ("long",),
        ("short",),
        ("all",),
    ]


def test_an_unknown_transformer_is_named_with_those_that_there_are(plugins: Plugins) -> None:
    settings = Settings.load({"CE_ROUTES": "routes: {t: [gitbuh]}"})
    with pytest.raises(RoutesError, match=r"^CE_ROUTES: t: .*'gitbuh'; known: .*github"):
        routing_table(plugins, settings)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("routes: [", "not YAML"),
        ("", "has 'routes:'"),
        ("a: b", "has 'routes:'"),
        ("routes: []", "'routes:' maps types to lists"),
        ("{routes: {}, rule: []}", "there is no 'rule'; there are: routes, rules"),
        ("routes:\n  t: [a]\n  t: [b]", "line 3: 't' stands there twice"),
        ('routes: {"\\ud800": []}', "half of a surrogate pair"),
        ('routes: {"a\\0": []}', "U\\+0000"),
        ("routes: {t: x}", "t: the targets are a list"),
        ("routes: {t: [1]}", "t: the targets are a list"),
        ("routes: {'a.*.b': [x]}", "only stand at the end"),
        ("routes: {1: [x]}", "not an event type"),
        ("routes: !!python/object/apply:os.getpid []", "not YAML"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(text: str, reason: str) -> None:
    with pytest.raises(RoutesError, match=f"^routes.yaml.*{reason}"):
        parse_table(text, where="routes.yaml")


def test_a_missing_file_is_named(plugins: Plugins) -> None:
    with pytest.raises(RoutesError, match="/nowhere/routes"):
        routing_table(plugins, Settings.load({"STREAMGAUGE_ROUTES": "/nowhere/routes.yaml"}))


@given(st.text(max_size=200))
@example("0000-0-0T0:00:00")
@example("routes: !!bool x")
@example("routes: !!timestamp x")
@example("[" * 1000)
@example("rules: &a [filters: *a, to: [x]]")
@example("rules: [{filters: &a {not: *a}, to: [x]}]")
@example("rules: [{filters: &a {all: [*a]}, to: [x]}]")
def test_any_text_gives_a_table_or_a_reason(text: str) -> None:
    try:
        table = parse_table(text, where="here")
    except RoutesError as error:
        assert "here" in str(error)
    else:
        RoutingTable(table.routes, table.rules).targets("x")
