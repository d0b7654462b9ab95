"""The page on functions: its tables are read. Its code is run by tests/routing."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import yaml

from streamgauge.routing.hosts import check_functions
from streamgauge.routing.table import parse_table

PAGE = Path(__file__).parents[2] / "docs/how-to/write-a-function.md"


def test_its_tables_are_as_they_should_be() -> None:
    found = re.findall(r"^ *```yaml[^\n]*\n(.*?)^ *```", PAGE.read_text(), re.M | re.S)
    service, routes = map(textwrap.dedent, found)
    assert yaml.safe_load(service)["kind"] == "Service"
    table = parse_table(routes, where=str(PAGE)).routes
    assert table == {
        "example.rocket.landed": ["binary+http://landed.default.svc.cluster.local/"],
    }
    for targets in table.values():
        check_functions(targets, ["*.svc.cluster.local"])
