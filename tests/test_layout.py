"""The house is as it says it is: what stands on a shelf is known to every guard."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from tests.conftest import ROOT, SHELVES

PACKAGES = {path.parent.name for shelf in SHELVES for path in (ROOT / shelf).glob("*/__init__.py")}
EXAMPLES = {path.parent.name for path in ROOT.glob("examples/*/*/__init__.py")}
SITE = {path.parent.name for path in ROOT.glob("docs/site/*/__init__.py")}
PROJECT: Any = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]


def test_every_package_is_typed_checked_built_and_under_the_import_contracts() -> None:
    assert set(PROJECT["tool"]["mypy"]["packages"]) == PACKAGES | EXAMPLES | SITE
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == PACKAGES
    layers = CONTRACTS[0]["layers"]
    assert {name for layer in layers for name in layer.split(" | ")} == PACKAGES
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["sources"]) == set(SHELVES)


@pytest.mark.parametrize("shelf", ["core", "plugins", "projections"])
def test_the_shelves_below_http_know_no_web_framework(shelf: str) -> None:
    packages = {path.parent.name for path in (ROOT / shelf).glob("*/__init__.py")}
    assert packages <= set(CONTRACTS[1]["source_modules"])


def test_no_plugin_reaches_into_postgres() -> None:
    plugins = {path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py")}
    assert plugins == set(CONTRACTS[2]["source_modules"])
