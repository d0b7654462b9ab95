"""The plugins that the pages show, installed as they say, pass the conformance suite."""

from __future__ import annotations

import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.conftest import ROOT
from tests.fresh import wheel_of

pytest_plugins = ["pytester"]

PAGE = (ROOT / "docs/plugins/write-a-plugin.md").read_text()
SOURCES = (ROOT / "docs/reference/sources.md").read_text()
SUITE = """
from pathlib import Path
from streamgauge.testing import SourceConformance

class TestRocket(SourceConformance):
    source = "rocket"
    cases = Path(__file__).parent / "cases"
"""
LANDED = {"event": "landed", "mission": 42, "service": "shop", "at": 1772368200000}


def block(page: str, language: str, holding: str) -> str:
    blocks = re.findall(rf"^```{language}(?: \S+)?\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    [found] = [each for each in blocks if holding in each]
    return str(found)


def installed(pytester: pytest.Pytester, code: str, suite: str, body: str, headers: str) -> Path:
    """The plugin, its suite and one case; gives where the golden file is to be."""
    pytester.makepyfile(streamgauge_rocket=code, test_rocket=suite)
    cases = pytester.mkdir("cases")
    (cases / "landed.json").write_text(body)
    (cases / "landed.headers.json").write_text(headers)
    info = pytester.mkdir("streamgauge_rocket-0.1.0.dist-info")
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: streamgauge-rocket\nVersion: 0.1.0\n"
    )
    (info / "entry_points.txt").write_text("[streamgauge]\nrocket = streamgauge_rocket\n")
    return cases / "landed.cdevents.json"


def artifact_when_all_pass(pytester: pytest.Pytester, golden: Path, **outcomes: int) -> str:
    pytester.runpytest_subprocess("--golden=update", "-k", "golden")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(**outcomes)
    [made] = json.loads(golden.read_text())
    return str(made["subject"]["content"]["artifactId"])


def test_the_plugin_of_the_page_passes_the_suite_of_the_page(pytester: pytest.Pytester) -> None:
    code, suite = (block(PAGE, "python", each) for each in ("@hookimpl", "SourceConformance"))
    [headers] = re.findall(r"`(\{.*?\})` is `tests/cases/landed\.headers\.json`", PAGE)
    body = block(PAGE, "json", "example.rocket.landed")
    golden = installed(pytester, code, suite, body, headers)
    found = artifact_when_all_pass(pytester, golden, passed=10, skipped=1)
    assert found == "pkg:generic/shop@1.4"


def test_the_package_of_the_page_is_its_module_whatever_lies_beside_it(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "tests/cases").mkdir(parents=True)
    (package / "tests/test_rocket.py").touch()
    (package / "cases").mkdir()
    (package / "pyproject.toml").write_text(block(PAGE, "toml", "entry-points"))
    (package / "streamgauge_rocket.py").write_text(block(PAGE, "python", "@hookimpl"))
    with ZipFile(wheel_of(package, tmp_path)) as wheel:
        held = [name for name in wheel.namelist() if ".dist-info/" not in name]
    assert held == ["streamgauge_rocket.py"]


def test_the_plugin_of_the_sources_module_passes_the_suite(pytester: pytest.Pytester) -> None:
    headers = json.dumps({"Content-Type": "application/json", "X-Rocket-Delivery": "d-1"})
    code = block(SOURCES, "python", "def receivers")
    golden = installed(pytester, code, SUITE, json.dumps(LANDED), headers)
    assert artifact_when_all_pass(pytester, golden, passed=11) == "pkg:generic/shop@42"
