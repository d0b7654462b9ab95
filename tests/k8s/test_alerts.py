"""Alert rules: what makes each fire and what does not, by Prometheus' own tool; where it leads."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from streamgauge_http.telemetry.described import METRICS
from tests.docs.test_docs import anchors

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "k8s/monitoring/alerts.yaml"
RULES: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
PAGE = "docs/how-to/monitor.md"

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed"
)


class Case(NamedTuple):
    """Series at a minute's interval, in promtool's notation, and which labels fire after `at`."""

    alert: str
    series: dict[str, str]
    at: str
    fires: dict[str, str] | None


TAKEN = 'streamgauge_deliveries_total{result="taken"}'
REFUSED = 'streamgauge_deliveries_total{result="unauthorized"}'
OK = 'streamgauge_http_request_duration_seconds_count{route="/",status="202"}'
BUG = 'streamgauge_http_request_duration_seconds_count{route="/",status="500"}'
NOT_READY = 'streamgauge_http_request_duration_seconds_count{route="/readyz",status="503"}'
ACCEPTED = 'streamgauge_events_total{outcome="accepted"}'
DUPLICATE = 'streamgauge_events_total{outcome="duplicate"}'
UP = 'up{job="streamgauge",instance="a"}'
LETTERS = 'streamgauge_dead_letters{stage="cdevents",handler="github",state="%s",instance="%s"}'
REPLAY = 'streamgauge_replay_running{stage="delivery"}'
REPLAYED = 'streamgauge_replay_position{stage="delivery",step="%s"}'
STAGE = 'streamgauge_stage_%s{stage="cdevents",instance="%s"}'
THIS = {"stage": "cdevents"}

CASES = [
    Case("StreamgaugeDown", {UP: "0x10"}, "5m", {"job": "streamgauge", "instance": "a"}),
    Case("StreamgaugeDown", {'up{job="other"}': "1x10"}, "5m", {"job": "streamgauge"}),
    Case("StreamgaugeDown", {UP: "1 0 1x10"}, "5m", None),
    Case("StreamgaugeWithoutPostgres", {'streamgauge_database_up{instance="a"}': "0x10"}, "5m",
         {"instance": "a"}),
    Case("StreamgaugeWithoutPostgres", {'streamgauge_database_up{instance="a"}': "0 0 1x10"}, "5m",
         None),
    Case("StreamgaugeFails", {OK: "0+98x20", BUG: "0+2x20"}, "12m", {}),
    Case("StreamgaugeFails", {OK: "0+999x20", BUG: "0+1x20", NOT_READY: "0+99x20"}, "12m", None),
    Case("StreamgaugeRefuses", {TAKEN: "0+4x60", REFUSED: "0+1x60"}, "40m", {}),
    Case("StreamgaugeRefuses", {TAKEN: "0+99x60", REFUSED: "0+1x60"}, "40m", None),
    Case("StreamgaugeRefuses", {TAKEN: "0x60", REFUSED: "0 1x60"}, "40m", None),
    Case("StreamgaugeHearsNothing", {ACCEPTED: "0+1x60 60x1700"}, "1700m", {}),
    Case("StreamgaugeHearsNothing", {ACCEPTED: "0+1x60 60x1700", DUPLICATE: "0x1600 1x200"},
         "1700m", None),
    Case("StreamgaugeHearsNothing", {ACCEPTED: "0x1760"}, "1700m", None),
    Case("StreamgaugeNobodyWorks", {STAGE % ("held", "a"): "0x10", STAGE % ("held", "b"): "0x10"},
         "6m", THIS),
    Case("StreamgaugeNobodyWorks", {STAGE % ("held", "a"): "1 0 0 1x10"}, "6m", None),
    Case("StreamgaugeLags", {STAGE % ("lag_seconds", "a"): "0+60x60"}, "30m", THIS),
    Case("StreamgaugeLags", {STAGE % ("lag_seconds", "a"): "4000-60x60"}, "30m", None),
    Case("StreamgaugeLags", {STAGE % ("lag_seconds", "a"): "0+1x60"}, "30m", None),
    Case("StreamgaugeBlocked", {STAGE % ("blocked", "a"): "1x10"}, "6m", THIS),
    Case("StreamgaugeBlocked", {STAGE % ("blocked", "a"): "1 1 0x10"}, "6m", None),
    Case("StreamgaugeDeadLetters",
         {LETTERS % ("parked", "a"): "3x20", LETTERS % ("parked", "b"): "3x20",
          LETTERS % ("blocking", "a"): "1x20"}, "16m", {**THIS, "handler": "github"}),
    Case("StreamgaugeDeadLetters", {LETTERS % ("waiting", "a"): "3x20"}, "16m", None),
    Case("StreamgaugeReplayStuck", {REPLAY: "1x60", REPLAYED % "delivery": "7x60"}, "50m",
         {"stage": "delivery"}),
    Case("StreamgaugeReplayStuck", {REPLAY: "1x60"}, "50m", {"stage": "delivery"}),
    Case("StreamgaugeReplayStuck",
         {REPLAY: "1x60", REPLAYED % "delivery": "0+5x20", REPLAYED % "links": "_x20 0+1x40"},
         "50m", None),
    Case("StreamgaugeReplayStuck", {REPLAY: "0x60"}, "50m", None),
    Case("StreamgaugePluginFailed", {'streamgauge_plugin_up{plugin="github"}': "0x10"}, "6m",
         {"plugin": "github"}),
    Case("StreamgaugePluginFailed", {'streamgauge_plugin_up{plugin="github"}': "1x10"}, "6m", None),
]  # fmt: skip


def rule(name: str) -> dict[str, Any]:
    return next(rule for rule in RULES if rule["alert"] == name)


@needs_promtool
@pytest.mark.parametrize(
    "case", CASES, ids=lambda c: f"{c.alert}-{'fires' if c.fires is not None else 'is silent'}"
)
def test_an_alert(case: Case, tmp_path: Path) -> None:
    expected = []
    if case.fires is not None:
        labels = {**case.fires, **rule(case.alert)["labels"]}
        expected = [{"exp_labels": labels}]
    document = {
        "rule_files": [str(without_annotations(tmp_path))],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": s, "values": v} for s, v in case.series.items()],
                "alert_rule_test": [
                    {"eval_time": case.at, "alertname": case.alert, "exp_alerts": expected}
                ],
            }
        ],
    }
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump(document))
    done = subprocess.run(
        ["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def without_annotations(folder: Path) -> Path:
    """The rules alone: what the texts come to is not what is asked here."""
    rules = [{k: v for k, v in each.items() if k != "annotations"} for each in RULES]
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "streamgauge", "rules": rules}]}))
    return path


@needs_promtool
def test_the_file_is_one_that_prometheus_reads() -> None:
    done = subprocess.run(
        ["promtool", "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"SUCCESS: {len(RULES)} rules found" in done.stdout


def test_each_alert_is_shown_to_fire_and_to_be_silent() -> None:
    names = {each["alert"] for each in RULES}
    assert {case.alert for case in CASES if case.fires is not None} == names
    assert {case.alert for case in CASES if case.fires is None} == names


def test_alerts_are_of_metrics_that_there_are() -> None:
    names = {metric.name for metric in METRICS}
    for each in RULES:
        for name in re.findall(r"streamgauge_\w+", each["expr"]):
            assert name.removesuffix("_count") in names, each["alert"]


@pytest.mark.parametrize("alert", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_what_is_wrong_and_where_to_read_on(alert: dict[str, Any]) -> None:
    said = alert["annotations"]
    assert set(said) == {"summary", "description", "runbook"}
    page, _, anchor = said["runbook"].partition("#")
    assert page == PAGE
    assert anchor in anchors(ROOT / page)
    table = (ROOT / "docs/reference/telemetry.md").read_text()
    assert (
        f"| [`{alert['alert']}`](../how-to/monitor.md#{anchor}) | {alert['labels']['severity']} |"
        in table
    )
