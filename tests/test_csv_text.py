"""CSV that any reader reads back, and that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streamgauge import csv_text

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A surrogate is no character: nothing that came as JSON has one.
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts


def read(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))


@given(st.lists(st.dictionaries(st.sampled_from("abc"), values), max_size=5))
def test_every_cell_is_read_back(rows: list[dict[str, Any]]) -> None:
    names, *found = read(csv_text.encode("abc", rows))
    assert names == ["a", "b", "c"]
    for row, cells in zip(rows, found, strict=True):
        for name, cell in zip("abc", cells, strict=True):
            value = row.get(name)
            if isinstance(value, str):
                assert cell == (f"'{value}" if value.startswith(FORMULAS) else value)
            elif value is None:
                assert cell == ""
            elif isinstance(value, bool):
                assert cell == str(value).lower()
            else:
                assert float(cell) == float(value)


@given(st.sampled_from(FORMULAS), texts)
def test_no_text_is_left_that_a_spreadsheet_would_run(first: str, rest: str) -> None:
    body = csv_text.encode([first + rest], [{first + rest: first + rest}])
    assert all(not cell.startswith(FORMULAS) for line in read(body) for cell in line)


def test_a_number_below_zero_stays_a_number() -> None:
    assert csv_text.encode(["n"], [{"n": -1.5}, {"n": "-1.5"}]) == b"n\r\n-1.5\r\n'-1.5\r\n"


def test_what_is_no_single_value_is_written_as_json() -> None:
    row = {"a": ["x", {"y": 1}], "b": {"c": {"d": 2}, "e": None}}
    assert csv_text.flat(row) == {"a": ["x", {"y": 1}], "b.c.d": 2, "b.e": None}
    assert read(csv_text.encode(["a"], [row])) == [["a"], ['["x",{"y":1}]']]
