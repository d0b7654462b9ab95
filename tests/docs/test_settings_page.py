"""The reference of the settings is what their declaration says.

`pytest tests/docs/test_settings_page.py --golden=update` writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from streamgauge.settings import Settings

from .settings_table import PAGE, docstrings, page


def test_the_page_is_what_the_declaration_says(golden: Callable[[Path, Any], None]) -> None:
    golden(PAGE, page())


def test_every_setting_says_what_it_is() -> None:
    assert docstrings().keys() == {each.name for each in fields(Settings)}
    assert all(text.endswith(".") for text in docstrings().values())
