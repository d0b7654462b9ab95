"""The table and its bars."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from streamgauge_demo import show


def a_group(service: str, *volumes: int, **more: Any) -> dict[str, Any]:
    buckets = [{"volume": volume, "whole": True} for volume in volumes]
    return {"service": service, "buckets": [*buckets, {"volume": 7, "whole": False}], **more}


@pytest.mark.parametrize(
    ("volumes", "bars"),
    [
        ([], ""),
        ([0, 0], "  "),
        ([1, 0, 1], "█ █"),
        ([1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"),
        ([1, 100], "▁█"),
        ([4, 8], "▄█"),
    ],
)
def test_bars_are_shares_of_the_highest(volumes: list[int], bars: str) -> None:
    assert show.sparkline(volumes) == bars


def test_bars_for_a_terminal_without_unicode() -> None:
    assert show.sparkline([1, 0, 8], unicode=False) == ". @"
    assert show.sparkline(range(1, 9), unicode=False).isascii()


def test_the_busiest_service_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    recent = {
        "groups": [
            {"service": "a", "n": 3, "value": 0.5, "band": "medium"},
            {"service": "b", "n": 30, "value": 5.0, "band": "elite"},
        ]
    }
    weekly = {"groups": [a_group("a", 0, 1), a_group("b", 4, 8), a_group("gone", 1, 0)]}
    show.metric_table(recent, weekly, 2)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[:4] == [
        ["service", "in", "90", "days", "days/week", "band", "2", "weeks"],
        ["b", "30", "5", "elite", "▄█"],
        ["a", "3", "0.5", "medium", "█"],
        ["gone", "0", "█"],
    ]


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
