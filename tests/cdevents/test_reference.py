"""The reference page names what there is, and says of each kind what releases have it."""

from __future__ import annotations

import re

from streamgauge import cdevents
from streamgauge.cdevents.vocabulary import RELEASES, VERSIONS, in_release
from tests.conftest import ROOT

PAGE = (ROOT / "docs/reference/cdevents.md").read_text()
INTERNAL = {"check_storable"}
ROW = re.compile(r"^\| `?([a-z.]+)`? \| (.+) \|$", re.MULTILINE)


def test_the_table_has_every_kind_with_its_versions_by_release():
    table = dict(ROW.findall(PAGE))
    assert table.pop("kind").split(" | ") == list(RELEASES)
    assert table.keys() == VERSIONS.keys()
    for kind, versions in table.items():
        found = [in_release(kind, release) for release in RELEASES]
        assert versions.split(" | ") == [each.version if each else "-" for each in found]


def test_every_name_of_the_module_is_on_the_page():
    for name in set(cdevents.__all__) - INTERNAL:
        assert re.search(rf"\b{name}\b", PAGE), name
