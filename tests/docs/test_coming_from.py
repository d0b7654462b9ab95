"""What the pages for those who come from elsewhere give to be pasted there works here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.helpers import a_deployment
from tests.plugins.posting import Run, kinds

CDVIZ = Path(__file__).parents[2] / "docs/how-to/from-cdviz.md"


def test_the_sink_of_cdviz_is_understood() -> None:
    [block] = re.findall(r"^ *```toml\n(.*?)^ *```", CDVIZ.read_text(), re.MULTILINE | re.DOTALL)
    sink = tomllib.loads(block)["sinks"]["streamgauge"]
    assert sink["type"] == "http"
    receiver = sink["url"].rpartition("/webhooks/")[2]
    secret = sink["headers"]["authorization"]["value"]
    # The collector's http sink posts a CDEvent by itself, as JSON.
    posted = Run(receiver, secret=secret.removeprefix("Bearer ")).post(
        a_deployment(1).document, authorization=secret
    )
    assert kinds(posted) == ["service.deployed"]
