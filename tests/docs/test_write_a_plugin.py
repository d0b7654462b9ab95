"""The plugin that the page shows, installed as it says, passes the suite that it shows."""

from __future__ import annotations

import json
import re

import pytest

from tests.conftest import ROOT

pytest_plugins = ["pytester"]

PAGE = (ROOT / "docs/plugins/write-a-plugin.md").read_text()


def block(language: str, holding: str) -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    [found] = [each for each in blocks if holding in each]
    return str(found)


def test_the_plugin_of_the_page_passes_the_suite_of_the_page(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        streamgauge_rocket=block("python", "@hookimpl"),
        test_rocket=block("python", "SourceConformance"),
    )
    cases = pytester.mkdir("cases")
    (cases / "landed.json").write_text(block("json", "example.rocket.landed"))
    [(headers, file)] = re.findall(r"`(\{.*?\})` is `cases/(\S+\.json)`", PAGE)
    (cases / file).write_text(headers)
    installed = pytester.mkdir("streamgauge_rocket-0.1.0.dist-info")
    (installed / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: streamgauge-rocket\nVersion: 0.1.0\n"
    )
    (installed / "entry_points.txt").write_text("[streamgauge]\nrocket = streamgauge_rocket\n")
    pytester.runpytest_subprocess("--golden=update", "-k", "golden")
    [made] = json.loads((cases / "landed.cdevents.json").read_text())
    assert made["subject"]["content"]["artifactId"] == "pkg:generic/shop@1.4"
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    done.assert_outcomes(passed=9, skipped=1)
