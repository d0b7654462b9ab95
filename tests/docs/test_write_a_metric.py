"""The code that the page on metrics shows is that of the example."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.examples.packages import BATCH_SIZE

BLOCK = re.compile(r"^```(?:python|toml) (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_its_code_is_the_examples() -> None:
    blocks = BLOCK.findall((ROOT / "docs/plugins/write-a-metric.md").read_text())
    shown = {name for name, _ in blocks}
    assert shown == {"pyproject.toml", *(f"streamgauge_batch_size/{name}.py" for name in (
        "__init__", "batch_size", "pipeline_runs", "pipeline_duration"
    ))}  # fmt: skip
    for name, code in blocks:
        assert code in (BATCH_SIZE.folder / name).read_text(), f"{name} has no longer\n{code}"
