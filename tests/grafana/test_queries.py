"""Every question of every dashboard, asked: of a service on its Postgres, and of Prometheus."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.grafana.conftest import Shop
from tests.grafana.infinity import MISSING, asked, columns, fits, rows
from tests.grafana.interpolating import All, Range, Value, interpolated
from tests.grafana.making.parts import INFINITY, PROMETHEUS
from tests.grafana.prometheus import Prometheus, needs_prometheus
from tests.grafana.reading import KEPT, Asked, panels, questions, values_of
from tests.service import Service, eventually

WEEKS = Range(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 25, 23, 59, 59, 999000, UTC))
TEAM, QUOTED = "payments & more", "o'brien & sons"
PICKS: Mapping[str, Mapping[str, Value]] = {
    "all": {},
    "one": {"service": ["shop"], "environment": ["production"], "team": [TEAM]},
    "some": {"service": ["shop", QUOTED], "environment": ["production", "staging"]},
    "otherwise": {"definition": "gitlab", "interval": "day", "tz": "Europe/Berlin"},
}
ONLY_AT_TIMES = {"Replay"}
"""Nothing is there of these while nothing is wrong or going on."""


def as_cases(kind: str) -> list[Any]:
    return [
        pytest.param(each, id=f"{each.file}: {each.title}, {n}")
        for n, each in enumerate(questions(kind))
    ]


@pytest.mark.parametrize("picks", PICKS.values(), ids=list(PICKS))
@pytest.mark.parametrize("question", as_cases(INFINITY))
def test_a_question_of_the_api(question: Asked, picks: Mapping[str, Value], shop: Shop) -> None:
    url = interpolated(question.target["url"], values_of(question.file, picks), WEEKS)
    answer = asked(shop.service, url)
    assert answer.status == 200, (url, answer.body)
    found = rows(answer.json, question.target)
    # A definition need not have each of the five; GitLab knows no rework.
    assert found or (picks.get("definition") and answer.json["reason"])
    for name, kind in columns(question.target):
        assert not found or any(row[name] is not MISSING for row in found), f"no {name}"
        assert all(fits(row[name], kind) for row in found), name


@needs_prometheus
@pytest.mark.parametrize("question", as_cases(PROMETHEUS))
def test_a_question_of_prometheus(question: Asked, prometheus: Prometheus) -> None:
    values = values_of(question.file, {"job": "streamgauge", "__rate_interval": "30s"})
    values["__rate_interval"] = "30s"
    expression = interpolated(question.target["expr"], values, WEEKS)

    def ask() -> Any:
        if question.target["instant"]:
            return prometheus.query(expression)
        return prometheus.over(expression, 30)

    # On a busy machine a scrape may fail, and for a moment nothing is there.
    found = ask() if question.title in ONLY_AT_TIMES else eventually(ask)
    named = set(re.findall(r"\{\{(\w+)\}\}", question.target["legendFormat"]))
    for series in found:
        assert named <= set(series["metric"]), "the legend names a label that is not there"


@needs_prometheus
def test_what_went_wrong_is_seen(prometheus: Prometheus) -> None:
    def shown(title: str, label: str = "") -> dict[str, float]:
        [each] = [q for q in questions(PROMETHEUS) if q.title == title]
        values: dict[str, Value | All] = {"job": "streamgauge", "__rate_interval": "1h"}
        found = prometheus.query(interpolated(each.target["expr"], values, WEEKS))
        return {series["metric"].get(label, ""): float(series["value"][1]) for series in found}

    assert shown("Dead letters to look at") == {"": 1}
    assert shown("Dead letters", "handler") == {"failing": 1}
    assert set(shown("Refused deliveries by reason", "result")) == {"invalid-cloudevent"}
    assert set(shown("Unreadable requests", "reason")) == {"malformed-request"}
    assert {"accepted", "duplicate"} <= set(shown("Events by what became of them", "outcome"))
    assert {"/deploys", "/incidents"} <= set(shown("Silent sources", "source"))
    assert set(shown("Stages without a worker").values()) == {0}


@needs_prometheus
def test_a_replay_is_shown_with_how_far_it_is(tmp_path: Path) -> None:
    """None is at work in the service, so these are series of our own."""
    [each] = [q for q in questions(PROMETHEUS) if q.title == "Replay"]
    expression = interpolated(each.target["expr"], {"job": "streamgauge"}, WEEKS)
    labels = 'job="streamgauge",stage="delivery",step="links",instance="%s"'
    series = {
        f"streamgauge_replay_{name}{{{labels % replica}}}": f"{number}x3"
        for name, number in (("position", 30), ("head", 40))
        for replica in "ab"
    }
    sample = {"labels": '{stage="delivery",step="links"}', "value": 0.75}
    document = {
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": s, "values": v} for s, v in series.items()],
                "promql_expr_test": [
                    {"expr": expression, "eval_time": "2m", "exp_samples": [sample]}
                ],
            }
        ]
    }
    (tmp_path / "test.yaml").write_text(json.dumps(document))
    done = subprocess.run(
        ["promtool", "test", "rules", str(tmp_path / "test.yaml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@needs_prometheus
def test_the_job_can_be_picked(prometheus: Prometheus) -> None:
    [variable] = [v for v in KEPT["operations.json"]["templating"]["list"] if v["name"] == "job"]
    found = re.fullmatch(r"label_values\((\w+),(\w+)\)", variable["query"]["query"])
    assert found is not None
    assert prometheus.label_values(found[1], found[2]) == ["streamgauge"]


def test_what_can_be_picked_is_what_there_is(shop: Shop) -> None:
    found = {}
    for each in questions(INFINITY):
        if each.title.startswith("$"):
            url = interpolated(each.target["url"], values_of(each.file, {}), WEEKS)
            answered = rows(asked(shop.service, url).json, each.target)
            found[each.title] = {row[""] for row in answered}
    assert found.pop("$definition") >= {"dora2025", "gitlab", "fourkeys"}
    assert found == {
        "$service": {"shop", QUOTED}, "$environment": {"production", "staging"}, "$team": {TEAM},
    }  # fmt: skip


def test_a_panel_leads_to_what_its_range_is_made_of(shop: Shop) -> None:
    """The page asks the API by the parameters of its address; this does the same."""
    checked = 0
    for file, panel in panels():
        for link in panel.get("links", ()):
            url = interpolated(link["url"], values_of(file, PICKS["some"]), WEEKS)
            check_link(shop.service, url)
            checked += 1
    assert checked == 2 * (5 + 5 + 5)


def check_link(service: Service, url: str) -> None:
    assert url.startswith("http://localhost:8080/#/")
    view, _, query = urlsplit(url).fragment.partition("?")
    _, kind, metric = view.split("/")
    renamed = {"start": "from", "end": "to"} if kind == "explain" else {}
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(query):
        parameters.setdefault(renamed.get(name, name), []).append(value)
    path = f"/v1/metrics/{metric}" + ("/explain" if kind == "explain" else "")
    answer = service.get(path, **parameters)
    assert answer.status == 200, (url, answer.body)
    assert answer.json["value"] is not None or answer.json["reason"]
