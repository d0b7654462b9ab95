"""The table of the settings, made of their declaration."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from streamgauge.settings import PREFIX, Settings, declaration

PAGE = Path(__file__).parents[2] / "docs/reference/settings.md"
HEAD = "| name | environment | default | what it is |\n|---|---|---|---|\n"
_TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)*")
_MIB = 1024 * 1024


def page() -> str:
    """The page with the table as it is to be."""
    return _TABLE.sub(lambda match: HEAD + table(), PAGE.read_text(), count=1)


def table() -> str:
    """A row for each setting, in the order of their declaration."""
    texts = docstrings()
    return "".join(
        f"| `{each.name}` | `{PREFIX}{each.name.upper()}` | {_default(each)} |"
        f" {_phrase(texts[each.name])} |\n"
        for each in fields(Settings)
        if each.name not in ("plugins", "environ")
    )


def docstrings() -> dict[str, str]:
    """What stands below each field, on one line."""
    tree = ast.parse(inspect.getsource(declaration))
    (found,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    texts = {}
    for field, below in zip(found.body, found.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            texts[field.target.id] = " ".join(str(below.value.value).split())
    return texts


def _phrase(text: str) -> str:
    """A sentence as it stands in a table."""
    begun = text[0].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
    return begun.removesuffix(".")


def _default(field: Field[Any]) -> str:
    value = field.default
    assert value is not MISSING
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return f"`{', '.join(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int) and value >= _MIB and value % _MIB == 0:
        return f"{value // _MIB} MiB"
    return f"{value:,}" if isinstance(value, int) and field.name != "port" else f"`{value}`"
