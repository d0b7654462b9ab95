"""The routing tables that the router's page shows do what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from streamgauge import new_event
from streamgauge.routing.reasons import reasons
from streamgauge.routing.table import RoutingTable, parse_table

PAGE = Path(__file__).parents[2] / "docs/stages/router.md"
TYPES, RULES = (
    RoutingTable(*parse_table(text, where="router.md")[:2])
    for text in re.findall(r"^```yaml[^\n]*\n(.*?)^```", PAGE.read_text(), re.M | re.S)
)


def test_the_table_of_types() -> None:
    assert TYPES.targets("com.example.deploy.shop") == ("example",)
    assert TYPES.targets("com.github.push") == ()


def test_the_rule() -> None:
    def shown(data: Any, source: str = "https://ci.example/shop/", **more: Any) -> Any:
        event = new_event(
            id="17", source=source, type="com.example.build.finished", data=data, **more
        )
        return reasons(RULES, event)

    failed = {"result": "failed", "stages": ["build", "test"]}
    both = ["example", "http://functions.example/failed-build"]
    assert list(shown(failed).targets) == both
    assert list(shown(failed, "/ci", team="shop", stage=3).targets) == both
    assert list(shown(failed, "/ci", team="shop", stage=2).targets) == ["example"]
    assert list(shown(failed, subject="shop-test").targets) == ["example"]
    (other,) = shown({}).others.items()
    assert f"not {other[0]}: {other[1]}" in PAGE.read_text()
