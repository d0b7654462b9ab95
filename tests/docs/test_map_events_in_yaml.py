"""The YAML file that the documentation shows works as it says."""

from __future__ import annotations

import re
from pathlib import Path

from streamgauge.cloudevents import new_event, to_sdk
from streamgauge.cloudevents.sdk import ACCEPTED
from streamgauge.declarative import read_text, try_out
from streamgauge.declarative.events import MEMBERS

PAGE = (Path(__file__).parents[2] / "docs/how-to/map-events-in-yaml.md").read_text()


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language} [^\n]*\n(.*?)^```", PAGE, re.M | re.S)
    return str(found)


def test_the_files_own_tests_pass() -> None:
    document = read_text(block("yaml"), "shipit.yaml")
    assert len(document.tests) == 2
    assert try_out(document) == []


def test_it_maps_the_payload_that_is_shown() -> None:
    document = read_text(block("yaml"), "shipit.yaml")
    event = new_event(
        id="1",
        source="/webhooks/generic/shipit",
        type=document.types[0],
        data=block("json").encode(),
    )
    [made] = document.transformer.transform(to_sdk(event.state, ACCEPTED))
    assert made.document["customData"]["commit"] == "1b2c3d4e5f60718293a4b5c6d7e8f90112233445"


def test_every_member_of_an_entry_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`.*?) \|", PAGE, re.M))))
    assert set(MEMBERS) <= explained
