"""The table and its bars."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from streamgauge_demo import show


def an_answer(unit: str, **values: float | None) -> dict[str, Any]:
    return {
        "unit": unit,
        "groups": [{"service": name, "value": value} for name, value in values.items()],
    }


def test_the_busiest_service_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    answers = {
        "deployment_frequency": {
            "groups": [
                {"service": "a", "n": 3, "value": 0.5, "band": "medium"},
                {"service": "b", "n": 30, "value": 5.0, "band": "elite"},
                {"service": "gone", "n": 0, "value": None, "band": None},
            ]
        },
        "change_lead_time": an_answer("seconds", a=None, b=9000.0),
        "change_fail_rate": an_answer("share of deployments", a=0.0, b=0.1),
        "failed_deployment_recovery_time": an_answer("seconds", b=600.0),
        "deployment_rework_rate": an_answer("share of deployments", a=0.0, b=0.125),
    }
    show.metrics_table(answers)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1:4] == [
        ["b", "30", "5", "elite", "2", "h", "30", "m", "10%", "10", "m", "12%"],
        ["a", "3", "0.5", "medium", "0%", "0%"],
        ["gone", "0"],
    ]


def test_without_a_deployment_there_is_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("deployment_frequency", "change_lead_time", "change_fail_rate")
    show.metrics_table({name: {"groups": []} for name in names})
    assert "there is no deployment yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("called", "command"),
    [
        (".venv/bin/streamgauge", ".venv/bin/streamgauge"),
        ("/x/streamgauge/__main__.py", f"{sys.executable} -m streamgauge"),
    ],
)
def test_the_command_is_named_as_it_was_called(
    called: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [called, "demo"])
    assert show.command() == command


def test_addresses_are_not_broken_into_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show.where_to_look("http://127.0.0.1:8080", "postgresql:///" + "long" * 40)
    said = capsys.readouterr().out
    assert "psql 'postgresql:///" + "long" * 40 + "'" in said
    assert "http://127.0.0.1:8080/v1/projections\n" in said
