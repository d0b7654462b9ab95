"""Rules: conditions, precedence, what a table may not say, and what they cost."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import Event, json_codec, new_event
from streamgauge.errors import RoutesError
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.routing.reasons import reasons
from streamgauge.routing.router import Router, routing_table
from streamgauge.routing.rules import Seen
from streamgauge.routing.table import OperatorTable, RoutingTable, parse_table
from streamgauge.routing.transform import Transformation
from streamgauge.settings import Settings
from streamgauge.stages import builds
from streamgauge.streams.recorder import RecordedRow
from tests.helpers import plugins_with
from tests.routing.test_filters import TEXTS, filters

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Named:
    """A transformer that makes nothing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def transform(self, event: Any) -> Sequence[Any]:
        return ()


TRANSFORMERS = [Named(name) for name in "abcd"]


def table(text: str) -> RoutingTable:
    found = parse_table(text, where="routes.yaml")
    return RoutingTable(found.routes, found.rules)


def event(type: str = "com.example.x", data: Any = None, **more: Any) -> Event:
    return new_event(id="1", source="/test", type=type, data=data, **more)


def row(event: Event) -> RecordedRow:
    return RecordedRow(1, "default", event.type, event.state, NOON, b"")


def targets(table: RoutingTable, event: Event) -> list[str]:
    """Where the router sends the event, in order."""
    transformation = Transformation(plugins_with(transformers=TRANSFORMERS), table)
    return [task.handler.name for task in transformation.tasks([row(event)])]


def test_every_rule_that_matches_adds_its_targets_to_those_of_the_type() -> None:
    it = table(
        "routes: {com.example.*: [a]}\n"
        "rules:\n"
        "- {filters: {prefix: {type: com.}}, to: [b, a]}\n"
        "- {filters: {exact: {source: /other}}, to: [d]}\n"
        "- {when: data.n == 1, to: [c, b]}\n"
    )
    assert targets(it, event(data={"n": 1})) == ["a", "b", "c"]
    assert targets(it, event(data={"n": 2})) == ["a", "b"]
    assert targets(it, event("org.x", data={"n": 1})) == ["c", "b"]
    assert targets(it, event("org.x")) == []


def test_a_type_that_is_switched_off_still_goes_where_a_rule_sends_it() -> None:
    it = table("routes: {com.example.x: []}\nrules: [{filters: {exact: {n: '7'}}, to: [b]}]")
    assert targets(it, event(n=7)) == ["b"]
    assert targets(it, event(n=8)) == []


def test_a_rule_without_conditions_takes_every_event() -> None:
    it = table("rules: [{to: [a]}]")
    assert targets(it, event("x")) == targets(it, event("y", data=[])) == ["a"]


def test_filters_and_condition_must_both_hold() -> None:
    it = table("rules: [{filters: [{exact: {n: '7'}}], when: data.ok, to: [a]}]")
    assert targets(it, event(data={"ok": True}, n=7)) == ["a"]
    assert targets(it, event(data={"ok": True}, n=8)) == []
    assert targets(it, event(data={"ok": False}, n=7)) == []


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        ("data.n > 1", True),
        ("data.missing == 1", False),
        ("has(data.missing) || data.n == 2", True),
        ("data.missing == 1 || data.n == 2", True),
        ("data.n", False),
        ("event.type.startsWith('com.') && event.flag == 'true'", True),
        ("event.time > '2026'", False),
        ("data.huge > 1.0 && data.n == 2", True),
        ("data.many.all(x, data.many.all(y, x == y))", False),
    ],
)
def test_a_condition_that_has_no_value_for_an_event_does_not_match(
    when: str, matches: bool
) -> None:
    data = {"n": 2, "huge": 10**40, "many": [1] * 200}
    it = table(json_codec.encode({"rules": [{"when": when, "to": ["a"]}]}).decode())
    assert targets(it, event(data=data, flag=True)) == (["a"] if matches else [])


def test_a_condition_sees_data_in_whatever_form_it_came() -> None:
    it = table("rules: [{when: 'data == \"text\"', to: [a]}, {when: data == b'\\x01', to: [b]}]")
    text = event(data=b"text", datacontenttype="text/plain")
    raw = event(data=b"\x01", datacontenttype="application/octet-stream")
    assert (targets(it, text), targets(it, raw)) == (["a"], ["b"])
    assert targets(table("rules: [{when: data == null, to: [c]}]"), event()) == ["c"]


def test_an_event_whose_type_no_rule_can_match_is_not_decoded() -> None:
    it = table("rules: [{filters: {prefix: {type: com.}}, when: data.n == 1, to: [a]}]")
    assert it.rules is not None
    assert it.rules.targets("org.x", b"no JSON at all", ("b",)) == ("b",)


def test_an_event_whose_type_decides_is_not_decoded() -> None:
    it = table("rules: [{filters: {prefix: {type: com.}}, to: [a]}]")
    assert it.rules is not None
    assert it.rules.targets("com.x", b"no JSON at all", ("b",)) == ("b", "a")


def test_an_event_is_decoded_and_handed_over_once_for_all_rules() -> None:
    seen = Seen(event(data={"n": 1}, n=1).state)
    first = (seen.texts, seen.values)
    text = "rules: [{when: data.n == 1, to: [a]}, {filters: {exact: {n: '1'}}, to: [b]}]"
    assert all(rule.matches(seen) for rule in parse_table(text, where="here").rules)
    assert (seen.texts, seen.values) == first


rules = st.lists(
    st.fixed_dictionaries(
        {"to": st.lists(st.sampled_from("abcd"), min_size=1, unique=True)},
        optional={
            "filters": st.lists(filters, min_size=1, max_size=2) | filters,
            "when": st.sampled_from(("data.n == 1", "data.m == 1", "event.type == 'a'", "true")),
        },
    ),
    max_size=4,
)
routes = st.dictionaries(
    st.sampled_from((*TEXTS, "a*", "b*", "*")),
    st.lists(st.sampled_from("abcd"), unique=True),
    max_size=3,
)


@given(
    routes,
    rules,
    st.sampled_from(TEXTS),
    st.dictionaries(st.sampled_from(("subject", "n")), st.sampled_from(TEXTS)),
    st.sampled_from(({"n": 1}, {"n": 2, "m": 1}, None, [])),
)
def test_what_is_explained_is_what_the_router_does(
    routes: Any, rules: Any, type: str, attributes: dict[str, str], data: Any
) -> None:
    document: dict[str, Any] = {"routes": routes, **({"rules": rules} if rules else {})}
    it = table(json_codec.encode(document).decode())
    for number in (1, 2):  # the second time, what the first has remembered is used
        seen = new_event(id=str(number), source="/t", type=type, data=data, **attributes)
        explained = reasons(it, seen)
        assert list(explained.targets) == targets(it, seen)
        matched = {why for each in explained.targets.values() for why in each}
        assert len(explained.others) + len([w for w in matched if w.startswith("rule")]) == len(
            rules
        )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rules: []", "rules: a list of rules is needed"),
        ("rules: {to: [a]}", "rules: a list of rules is needed"),
        ("rules: [a]", "rule 1: a rule is a mapping with name, filters, when, to"),
        ("rules: [{to: [a]}, {filter: {}, to: [a]}]", "rule 2: there is no 'filter'; there are: n"),
        ("rules: [{name: x, if: a, to: [a]}]", "rule 1: there is no 'if'"),
        ("rules: [{name: 7, to: [a]}]", "rule 1: name: 7 is no text"),
        ("rules: [{name: ' ', to: [a]}]", "rule 1: name: ' ' is no text"),
        ("rules: [{name: x, to: [a]}, {name: x, to: [b]}]", "two rules are named 'x'"),
        ("rules: [{name: x, to: [a], to: [b]}]", "is not YAML: line 1: 'to' stands there twice"),
        ("rules: [{name: x}]", r"rule 1 \('x'\): to: a list of names and URLs is needed"),
        ("rules: [{to: a}]", "rule 1: to: a list of names"),
        ("rules: [{to: []}]", "rule 1: to: a list of names"),
        ("rules: [{to: [1]}]", "rule 1: to: a list of names"),
        ("rules: [{to: [a, a]}]", "rule 1: to: a target stands there twice"),
        ("rules: [{filters: [], to: [a]}]", "rule 1: filters: a list of filters is needed"),
        (
            "rules: [{name: x, filters: [{any: [{exact: {n: 7}}]}], to: [a]}]",
            r"rule 1 \('x'\): filters\[1\].any\[1\].exact.n: 7 is no text; put it in quotes",
        ),
        ("rules: [{when: true, to: [a]}]", "rule 1: when: True is no expression; put it in quotes"),
        ("rules: [{when: 1 +, to: [a]}]", r"rule 1: when: '1 \+': line 1, column 4: Syntax error"),
        ("rules: [{when: foo == 1, to: [a]}]", "rule 1: when: .* undeclared reference to 'foo'"),
        ("rules: [{when: \"'a'\", to: [a]}]", "rule 1: when: .* is never true or false"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_with_file_rule_and_key(text: str, reason: str) -> None:
    with pytest.raises(RoutesError, match=f"^routes.yaml:? {reason}"):
        parse_table(text, where="routes.yaml")


def test_a_rules_unknown_transformer_is_named_with_those_that_there_are(plugins: Plugins) -> None:
    settings = Settings.load({"CE_ROUTES": "rules: [{to: [cdevents, gitbuh]}]"})
    with pytest.raises(RoutesError, match=r"^CE_ROUTES: rule 1: to: .*'gitbuh'; known:"):
        routing_table(plugins, settings)


def test_without_the_library_only_a_condition_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamgauge import expressions

    expressions._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    with pytest.raises(
        RoutesError,
        match=r"^routes.yaml: rule 1: when: expressions need the extra cel: pip install 'stream",
    ):
        table("rules: [{when: data.n == 1, to: [a]}]")
    it = table("rules: [{filters: {exact: {n: '7'}}, to: [a]}]")
    assert targets(it, event(n=7)) == ["a"]


def test_a_build_knows_the_rules_it_was_made_with(database: Database) -> None:
    plugins = plugins_with(transformers=TRANSFORMERS)
    text = "rules: [{name: x, filters: {exact: {n: '7'}}, when: data.n == 1, to: [a]}]"

    def router(table: OperatorTable) -> Router:
        return Router(database, plugins, RoutingTable(table.routes, table.rules))

    with_rules = router(parse_table(text, where="here"))
    with database.transaction() as cursor:
        begun = with_rules.begin(cursor, "building")
    with database.transaction() as cursor:
        stored = builds.numbered(cursor, "cdevents", begun.number)
    assert stored is not None
    assert with_rules.made_alike(stored)
    assert not router(parse_table(text.replace("7", "8"), where="here")).made_alike(stored)
    without = router(parse_table("routes: {}", where="here"))
    assert not without.made_alike(stored)
    assert "rules" not in without.definition()
