"""``routes`` and ``routes test``: what goes where, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streamgauge import Event, new_event
from tests.cli.test_cli import run

TABLE = """
routes:
  com.example.*: [cdevents]
  com.github.push: []
rules:
- name: failed builds
  filters:
  - exact: {type: com.example.build}
  - not: {prefix: {source: /test/}}
  when: data.result == "failed"
  to: [github, http://functions.example/failed]
- filters: {any: [{suffix: {subject: -x}}, {exact: {n: "7"}}]}
  to: [cdevents, github]
"""
ENVIRON = {"CE_ROUTES": TABLE}


def build(number: int, *, source: str = "/ci", data: Any = None, **more: Any) -> Event:
    more = {"type": "com.example.build", **more}
    return new_event(id=f"b{number}", source=source, data=data, **more)


EVENTS = [
    build(1, data={"result": "failed"}, n=7),
    build(2, source="/test/ci", data={}),
    build(3, data={"state": "failed"}),
    build(4, type="com.github.push"),
    build(5, type="org.unknown"),
]


def asked(*arguments: str, stdin: bytes = b"") -> Any:
    done = run("routes", "test", "--json", *arguments, stdin=stdin, environ=ENVIRON)
    assert done.code == 0, done.err
    return done.json["items"]


def test_rules_are_listed_beside_the_types() -> None:
    listed = run("routes", environ=ENVIRON)
    assert listed.code == 0
    lines = [" ".join(line.split()) for line in listed.out.splitlines()]
    assert "com.github.push (switched off)" in lines
    assert "rule filters when transformers" in lines
    assert "failed builds exact type" in " ".join(lines)
    assert 'data.result == "failed"' in listed.out
    table = run("routes", "--json", environ=ENVIRON).json
    assert table["routes"]["com.example.*"] == ["cdevents"]
    assert table["rules"][1] == {
        "filters": {"any": [{"suffix": {"subject": "-x"}}, {"exact": {"n": "7"}}]},
        "to": ["cdevents", "github"],
    }
    assert run("routes", "--json").json["rules"] == []


def test_each_target_is_shown_with_what_names_it_and_each_other_rule_with_why_not() -> None:
    lines = b"".join(event.state + b"\n" for event in EVENTS)
    done = run("routes", "test", "-", stdin=lines, environ=ENVIRON)
    assert done.code == 0
    assert done.out == (
        "com.example.build b1 from /ci\n"
        "  -> cdevents: type com.example.*, rule 2\n"
        "  -> github: rule 'failed builds', rule 2\n"
        "  -> http://functions.example/failed: rule 'failed builds'\n"
        "com.example.build b2 from /test/ci\n"
        "  -> cdevents: type com.example.*\n"
        "  not rule 'failed builds': not: it passes prefix source '/test/'\n"
        "  not rule 2: any: suffix: subject is not there; exact: n is not there\n"
        "com.example.build b3 from /ci\n"
        "  -> cdevents: type com.example.*\n"
        "  not rule 'failed builds': when: 'data.result == \"failed\"':"
        ' Key not found in map : "result"\n'
        "  not rule 2: any: suffix: subject is not there; exact: n is not there\n"
        "com.github.push b4 from /ci\n"
        "  goes nowhere\n"
        "  switched off: type com.github.push\n"
        "  not rule 'failed builds': exact: type is 'com.github.push', not 'com.example.build'\n"
        "  not rule 2: any: suffix: subject is not there; exact: n is not there\n"
        "org.unknown b5 from /ci\n"
        "  goes nowhere\n"
        "  no route has its type\n"
        "  not rule 'failed builds': exact: type is 'org.unknown', not 'com.example.build'\n"
        "  not rule 2: any: suffix: subject is not there; exact: n is not there\n"
    )


def test_the_same_as_json() -> None:
    first, second, *_ = asked("-", stdin=b"\n".join(event.state for event in EVENTS))
    assert first == {
        "event": {"source": "/ci", "id": "b1", "type": "com.example.build"},
        "key": "com.example.*",
        "targets": [
            {"target": "cdevents", "because": ["type com.example.*", "rule 2"]},
            {"target": "github", "because": ["rule 'failed builds'", "rule 2"]},
            {"target": "http://functions.example/failed", "because": ["rule 'failed builds'"]},
        ],
        "not_matched": [],
    }
    assert [item["rule"] for item in second["not_matched"]] == ["rule 'failed builds'", "rule 2"]


def test_a_file_is_an_event_a_batch_or_lines(tmp_path: Path) -> None:
    documents = [json.loads(event.state) for event in EVENTS]
    ids = [event.id for event in EVENTS]
    forms = {
        "one": (EVENTS[0].state, ids[:1]),
        "one over several lines": (json.dumps(documents[0], indent=2).encode(), ids[:1]),
        "batch": (json.dumps(documents).encode(), ids),
        "batch over several lines": (b"\n" + json.dumps(documents, indent=1).encode() + b"\n", ids),
        "empty batch": (b"[]", []),
        "lines": (b"\xef\xbb\xbf" + b"\r\n\r\n".join(e.state for e in EVENTS), ids),
        "0.3": (EVENTS[0].state.replace(b'"1.0"', b'"0.3"'), ids[:1]),
    }
    for name, (body, expected) in forms.items():
        path = tmp_path / name
        path.write_bytes(body)
        assert [item["event"]["id"] for item in asked(str(path))] == expected, name


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "there is no event in it"),
        (b"\n \n", "there is no event in it"),
        (b"nonsense", "not JSON: "),
        (b'{\n "id": 1,\n}', "not JSON: "),
        (b"7", "a CloudEvent is a JSON object"),
        (b'{"id": "1"}', "specversion: the required attribute is missing"),
        (EVENTS[0].state + b"\n\n{]\n" + EVENTS[1].state, "line 3: not JSON"),
        (EVENTS[0].state + b'\n{"specversion": "1.0"}', "line 2: id: the required attribute"),
        (b"[" + EVENTS[0].state + b', {"specversion": "1.0"}]', "/1/id: the required attribute"),
        (b"[1", "not a JSON array"),
    ],
)
def test_what_is_no_event_is_said_with_its_place(body: bytes, said: str) -> None:
    done = run("routes", "test", "-", stdin=body, environ=ENVIRON)
    assert done.code == 2
    assert f"Invalid value for FILE: {said}" in done.err
    assert done.out == ""


def test_a_file_that_is_not_there_and_a_table_that_is_wrong_are_named() -> None:
    done = run("routes", "test", "/nowhere", environ=ENVIRON)
    assert (done.code, "'/nowhere': No such file" in done.err) == (2, True)
    done = run("routes", "test", "-", environ={"CE_ROUTES": "rules: [{to: []}]"})
    assert (done.code, done.err.startswith("streamgauge: CE_ROUTES: rule 1: to: ")) == (2, True)
