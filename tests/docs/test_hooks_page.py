"""The page of the hooks has their signatures and docstrings as the typed hookspecs have them.

After a change, `pytest --golden=update tests/docs/test_hooks_page.py` writes them anew.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from streamgauge.hookspecs import HOOKS_VERSION, StreamgaugeSpec

PAGE = Path(__file__).parents[2] / "docs/reference/hooks.md"
HOOKS = [name for name in vars(StreamgaugeSpec) if not name.startswith("_")]


def written(page: str) -> str:
    """The page with every generated block as it should be."""
    for hook in HOOKS:
        block = re.compile(rf"(^## `{hook}\([^\n]*\n\n)(?:(?:>[^\n]*\n)+\n)?", re.M)
        assert block.search(page), f"docs/reference/hooks.md has no section for {hook}"
        page = block.sub(lambda match, hook=hook: f"{match[1]}{generated(hook)}\n", page)
    return page


def generated(hook: str) -> str:
    """The signature and the docstring of a hook, quoted."""
    function = getattr(StreamgaugeSpec, hook)
    signature = str(inspect.signature(function)).replace("'", "").replace("(self, ", "(")
    text = inspect.getdoc(function)
    assert text, f"the hook {hook} has no docstring"
    lines = [
        f"`{hook}{signature.replace('(self)', '()')}`",
        "",
        *text.replace("``", "`").split("\n"),
    ]
    return "".join(f"> {line}".rstrip() + "\n" for line in lines)


def test_the_page_is_as_the_hookspecs_are(request: pytest.FixtureRequest) -> None:
    page = PAGE.read_text(encoding="utf-8")
    if request.config.getoption("--golden") == "update":
        PAGE.write_text(written(page), encoding="utf-8")
        return
    assert page == written(page)


def test_the_page_names_the_version() -> None:
    assert f"version {HOOKS_VERSION}" in PAGE.read_text(encoding="utf-8")
