"""What a declarative transformer's file may say, and what it is told where it may not."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent, new_event
from streamgauge.cdevents import event_id, validate
from streamgauge.cloudevents import to_sdk
from streamgauge.declarative import Document, read_file, read_text, try_out
from streamgauge.declarative.plugin import documents
from streamgauge.errors import InvalidTransformer
from streamgauge.expressions import ExpressionFailed
from streamgauge.settings import Settings

ACCEPTED = datetime(2026, 1, 5, tzinfo=UTC)

DEPLOYS = """
name: shipit
types: [com.example.shipit.*]
events:
- when: data.state == 'done'
  kind: service.deployed
  id: ["${event.source}", "${data.id}", done]
  time: ${data.finished}
  unit: ms
  subject: ${data.service}
  content:
    environment: {id: "${data.?env.orValue('production')}"}
    artifactId: pkg:generic/${data.service}@${data.version}
  customData:
    repository: ${data.?repository}
- each: data.alerts
  when: item.firing
  kind: incident.detected
  id: ["${item.id}", detected]
  source: /alerts/${item.id}
  subject: ${item.id}
  content: {environment: {id: production}}
tests:
- name: a deployment, and an alert
  event:
    type: com.example.shipit.done
    source: /shipit
    data:
      {state: done, id: 7, finished: 1772359200000, service: shop, version: "1",
       alerts: [{firing: true, id: a}, {firing: false, id: b}]}
  gives:
  - kind: service.deployed
    time: "2026-03-01T10:00:00Z"
    subject: shop
    content: {environment: {id: production}, artifactId: pkg:generic/shop@1}
  - {kind: incident.detected, source: /alerts/a, subject: a}
"""


def read(text: str) -> Document:
    return read_text(textwrap.dedent(text), "deploys.yaml")


def made(text: str, data: Any, **attributes: str) -> Sequence[CDEvent]:
    event = new_event(
        **{"id": "1", "source": "/shipit", "type": "com.example.shipit.done", **attributes},
        data=data,
    )
    return read(text).transformer.transform(to_sdk(event.state, ACCEPTED))


def one_entry(**members: str) -> str:
    entry = {"kind": "service.deployed", "id": "x", "subject": "x", **members}
    lines = "\n".join(f"  {name}: {value}" for name, value in entry.items())
    return f"name: a\nevents:\n-\n{lines}\n"


def test_an_entry_makes_a_cdevent_of_the_event_that_it_matches() -> None:
    data = {"state": "done", "id": 7, "finished": 1772359200000, "service": "shop", "version": 2}
    [event] = made(DEPLOYS, data)
    validate(event.document)
    assert event.id == event_id("/shipit", "7", "done")
    assert event.timestamp == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert event.content == {
        "environment": {"id": "production"},
        "artifactId": "pkg:generic/shop@2",
    }
    assert "customData" not in event.document


def test_null_is_as_good_as_absent() -> None:
    data = {"state": "done", "id": 7, "finished": 1, "service": "shop", "version": 2, "env": None}
    [event] = made(DEPLOYS, data)
    assert event.content["environment"] == {"id": "production"}


def test_each_item_that_matches_makes_one() -> None:
    alerts = [{"id": "a", "firing": True}, {"id": "b", "firing": False}, {"firing": 1}, "junk"]
    [event] = made(DEPLOYS, {"alerts": alerts})
    assert (event.subject_id, event.source) == ("a", "/alerts/a")
    assert event.document["customData"] == {"timestampInferred": True}
    assert event.timestamp == ACCEPTED


@pytest.mark.parametrize("data", [{}, None, [], "text", {"state": "busy"}, {"alerts": {"a": 1}}])
def test_an_event_that_no_entry_matches_gives_nothing(data: Any) -> None:
    assert made(DEPLOYS, data) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"id": 1}, "events/0/time: 'data.finished'"),
        (
            {"id": 1, "finished": "soon", "service": "s", "version": 1},
            "events/0/time: 'soon' is no time",
        ),
        ({"finished": 1, "id": 1, "service": "", "version": 1}, "events/0/subject: gives ''"),
        ({"finished": 1, "id": {}, "service": "s", "version": 1}, "events/0/id/1: gives {}"),
    ],
)
def test_a_member_without_a_value_that_needs_one_fails(data: Any, reason: str) -> None:
    with pytest.raises(ExpressionFailed) as caught:
        made(DEPLOYS, {"state": "done", **data})
    assert reason in str(caught.value)


def test_the_tests_beside_it_say_what_is_wrong() -> None:
    assert try_out(read(DEPLOYS)) == []
    [failed] = try_out(read(DEPLOYS.replace("subject: shop\n", "subject: market\n")))
    assert failed.name == "a deployment, and an alert"
    assert failed.reason == "gives/0/subject is 'shop', and not 'market'"
    [failed] = try_out(read(DEPLOYS.replace("alerts: [{firing: true", "alerts: [{firing: false")))
    assert failed.reason == "gives service.deployed, and 2 events are wanted"
    [failed] = try_out(
        read(DEPLOYS.replace("type: com.example.shipit.done", "type: com.example.other"))
    )
    assert failed.reason.endswith(": none comes here")
    [failed] = try_out(read(DEPLOYS.replace('version: "1",', "")))
    assert failed.reason.startswith("ExpressionFailed: deploys.yaml: events/0/content")
    named = DEPLOYS.replace("kind: service.deployed\n  id", "kind: ${data.id}.x\n  id")
    [failed] = try_out(read(named))
    assert failed.reason.startswith("UnknownName: ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "deploys.yaml: is not YAML"),
        ("0000-0-0", "deploys.yaml: "),
        ("- a", "deploys.yaml: must be a mapping with name, types, events, tests"),
        ("name: a", "deploys.yaml: 'events' is needed"),
        ("name: A\nevents: []", "deploys.yaml: name: must be lower-case"),
        ("name: a\nevents: {}", "deploys.yaml: events: must be a list"),
        ("name: a\nevents: []\nroutes: []", "there is no 'routes' here; there are: name"),
        ("name: a\nevents: []\ntypes: ['a*b']", "deploys.yaml: types/0: must be a CloudEvent type"),
        ("name: a\nevents: [{kind: x, id: x}]", "deploys.yaml: events/0: 'subject' is needed"),
        (one_entry(whn="x"), "deploys.yaml: events/0: there is no 'whn' here"),
        (one_entry(when="'data.'"), "deploys.yaml: events/0/when: 'data.'"),
        (one_entry(when="[]"), "deploys.yaml: events/0/when: must be an expression"),
        (
            one_entry(kind="service.deploid"),
            "events/0/kind: 'service.deploid' is no kind of CDEvent",
        ),
        (one_entry(when="'1 + 1'"), "events/0/when: '1 + 1' is never true or false"),
        (one_entry() + "  subject: again\n", "'subject' stands there twice"),
        (one_entry(unit="h"), "deploys.yaml: events/0/unit: must be one of s, ms, us, ns"),
        (one_entry(content="x"), "deploys.yaml: events/0/content: must be a mapping"),
        (one_entry(time="2026-03-01"), "events/0/time: datetime.date(2026, 3, 1) is no text"),
        (
            one_entry(subject="'${x}'"),
            "events/0/subject: 'x': line 1, column 1: undeclared reference",
        ),
    ],
)
def test_a_file_that_is_wrong_says_where(text: str, reason: str) -> None:
    with pytest.raises(InvalidTransformer) as caught:
        read(text)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"id": "[x, '${data.?nope}']"}, "events/0/id/1: gives nothing, which identifies nothing"),
        ({"id": "[x, '${item}']"}, "events/0/id/1: gives nothing"),
        ({"id": "[x, null]"}, "events/0/id/1: gives nothing"),
        ({"id": "''"}, "events/0/id: gives [''], which identifies nothing"),
        ({"customData": "{a: '${type(1)}'}"}, "'type(1)': gives INT, which JSON has not"),
        ({"customData": "{a: '${data.inf}'}"}, "which JSON has not"),
        ({"customData": "{a: '${duration(\"1h\")}'}"}, "which JSON has not"),
    ],
)
def test_what_would_be_lost_or_cannot_be_kept_fails(members: dict[str, str], reason: str) -> None:
    with pytest.raises(ExpressionFailed) as caught:
        made(one_entry(**members), {"inf": 10**400})
    assert reason in str(caught.value)


def test_nought_identifies_and_an_instant_is_a_time() -> None:
    text = one_entry(
        id="${data.n}", time="${timestamp(data.at)}", customData="{subject: it, at: x}"
    )
    [event] = made(text, {"n": 0, "at": "2026-03-01T12:30:00+02:00"})
    assert event.timestamp == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
    assert event.document["customData"] == {"subject": "it", "at": "x"}
    assert event.id == event_id("0")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("one.yaml", "two.yml"):
        (tmp_path / name).write_text(DEPLOYS)
    told = Settings.load({"STREAMGAUGE_TRANSFORMERS": str(tmp_path)})
    with pytest.raises(InvalidTransformer, match=r"'shipit' is the name of .*one\.yaml too"):
        documents(told)
    (tmp_path / "two.yml").unlink()
    (tmp_path / ".#one.yaml").write_text("as editors lock files")
    assert [each.transformer.name for each in documents(told)] == ["shipit"]
    assert documents(Settings.load({})) == []


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidTransformer, match=r"nowhere\.yaml: cannot be read"):
        read_file(tmp_path / "nowhere.yaml")
    told = Settings.load({"STREAMGAUGE_TRANSFORMERS": str(tmp_path / "nowhere")})
    with pytest.raises(InvalidTransformer, match="there is no such file or folder"):
        documents(told)


def test_the_version_is_the_files(tmp_path: Path) -> None:
    one, other = read(DEPLOYS).transformer.version, read(DEPLOYS + "\n").transformer.version
    assert one == read(DEPLOYS).transformer.version != other


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["state", "id", "finished", "service", "version", "alerts", "firing"]),
            inner,
        )
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(JSON)
def test_any_data_gives_valid_events_or_a_reason(data: Any) -> None:
    try:
        events = made(DEPLOYS, data)
    except ExpressionFailed:
        return
    for event in events:
        validate(event.document)
