"""Files that pages show, each read as what it is for."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

from streamgauge.cdevents import validate
from streamgauge.declarative import read_text, try_out
from streamgauge.metrics.teams import Teams
from streamgauge.plugins import Plugins
from streamgauge.routing.table import parse_table
from streamgauge.settings import Settings
from streamgauge_dora.bands import Bands
from streamgauge_dora.defining import Definitions
from tests.docs.blocks.pages import ROOT, Block
from tests.plugins.posting import Run as PlainWords
from tests.plugins.posting import kinds

KUBERNETES = "1.37"
FOREIGN = {
    "datasources": "what Grafana is provisioned with",
    "providers": "what Grafana is provisioned with",
    "notifications": "the configuration of the registry Distribution",
    "receivers": "the configuration of Alertmanager",
    "scrape_configs": "the configuration of Prometheus",
    "rest": "the configuration of Spinnaker's echo",
}
"""Files of other tools, by a key of theirs: read, and their addresses looked at."""


PAGE_OF = {"dora": "docs/reference/gitlab-api.md"}
OF_READERS = {"rocket", "terraform", "my-tool", "batch_size"}
"""Plugins of packages that the pages write."""


def check_toml(block: Block, text: str, folder: Path) -> None:
    """Settings, a definition, teams or bands."""
    document = tomllib.loads(text)
    for keys, check in _TOML:
        if keys & document.keys():
            check(block, text, folder)
            return
    raise AssertionError(f"{block.where}: TOML of no known kind: {', '.join(document)}")


def check_yaml(block: Block, text: str, folder: Path) -> None:
    """Kubernetes objects, routes, declarative transformers, or what another tool reads."""
    del folder
    for document in yaml.safe_load_all(text):
        keys = document.keys()
        if {"apiVersion", "kind"} <= keys:
            _check_object(document)
        elif keys <= {"routes", "rules"}:
            parse_table(text, where=block.where)
        elif "events" in keys:
            found = read_text(text, block.where)
            assert found.tests and try_out(found) == []
        else:
            assert keys & FOREIGN.keys(), f"{block.where}: YAML of no known kind"


def check_json(block: Block, text: str, folder: Path) -> None:
    """CDEvents, CloudEvents or plain words: JSON of which no request is shown is nothing else."""
    del folder
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    for value in found:
        if "context" in value:
            validate(value)
        elif "kind" in value:
            assert kinds(PlainWords("generic").post(value)), block.where
        else:
            assert {"specversion", "id", "source", "type"} <= value.keys(), block.where


def check_addresses(block: Block, plugins: Plugins) -> None:
    """What is sent to a webhook has a receiver, be it of the package that the page writes."""
    for name in re.findall(r"/webhooks/([a-z-]+)", block.text):
        known = name in plugins.receivers or name in OF_READERS
        assert known, f"{block.where}: there is no receiver {name!r}"


def _check_settings(block: Block, text: str, folder: Path) -> None:
    file = folder / "streamgauge.toml"
    file.write_text(text, encoding="utf-8")
    settings = Settings.load({"STREAMGAUGE_CONFIG": str(file)})
    plugins = Plugins(settings)
    assert [each for each in plugins.plugins if each.error] == []
    names = {each.name for each in plugins.plugins}
    page = (ROOT / block.page).read_text(encoding="utf-8")
    for name in settings.plugins:
        own = ROOT / PAGE_OF.get(name, f"docs/plugins/{name}.md")
        page += own.read_text(encoding="utf-8") if own.exists() else ""
    for name, table in settings.plugins.items():
        assert name in names | OF_READERS, f"{block.where}: there is no plugin {name!r}"
        for key in table:
            told = rf"[`.]{key}`" if block.page.startswith("docs/") else key
            assert re.search(told, page), f"{block.where}: what is {key!r}?"


def _check_definition(block: Block, text: str, folder: Path) -> None:
    name = tomllib.loads(text)["name"]
    (folder / "definitions").mkdir(exist_ok=True)
    (folder / f"definitions/{name}.toml").write_text(text, encoding="utf-8")
    settings = {"STREAMGAUGE_DORA_DEFINITIONS": str(folder / "definitions")}
    assert Definitions(Settings.load(settings)).named(name)


def _check_teams(block: Block, text: str, folder: Path) -> None:
    (folder / "teams.toml").write_text(text, encoding="utf-8")
    assert Teams.load(folder / "teams.toml")


def _check_bands(block: Block, text: str, folder: Path) -> None:
    assert Bands.read(tomllib.loads(text))


_TOML: list[tuple[set[str], Callable[[Block, str, Path], None]]] = [
    ({"team"}, _check_teams),
    ({"based_on"}, _check_definition),
    ({"change_lead_time"}, _check_bands),
    ({"plugins", *Settings.__dataclass_fields__}, _check_settings),
]


def _check_object(document: Mapping[str, Any]) -> None:
    assert document["metadata"]["name"] and document["kind"]
    try:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        # A custom resource: its own tests look into those that matter most.
        assert "/" in document["apiVersion"]
