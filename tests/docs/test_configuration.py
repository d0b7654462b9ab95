"""What the documentation gives to be pasted into other tools works here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.plugins.argo_cd.samples import application
from tests.plugins.argo_rollouts.samples import rollout
from tests.plugins.fourkeys.samples import COMMITS
from tests.plugins.posting import Run, kinds

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(yaml|toml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ACTION = re.compile(r"\{\{ (.*?) \}\}")


def notifications(page: str) -> dict[str, Any]:
    """The ConfigMap of a page, each of its entries read as the YAML that it is."""
    for kind, text in BLOCK.findall((ROOT / "docs/plugins" / page).read_text()):
        for each in yaml.safe_load_all(text) if kind == "yaml" else ():
            if each["kind"] == "ConfigMap":
                return {name: yaml.safe_load(value) for name, value in each["data"].items()}
    raise AssertionError(f"{page} has no ConfigMap")


def rendered(config: dict[str, Any], template: str, values: dict[str, Any]) -> Any:
    """The body of a template, with a value for each of its actions."""

    def value(match: re.Match[str]) -> str:
        (found,) = [key for key in values if key in match[1]]
        return json.dumps(values[found])

    [(_, webhook)] = config[f"template.{template}"]["webhook"].items()
    assert webhook["method"] == "POST"
    return json.loads(ACTION.sub(value, webhook["body"]))


@pytest.mark.parametrize("page", ["argo-cd.md", "argo-rollouts.md"])
def test_what_is_sent_and_where_to_is_all_there(page: str) -> None:
    config = notifications(page)
    triggers = {name: each for name, each in config.items() if name.startswith("trigger.")}
    for conditions in triggers.values():
        for condition in conditions:
            assert all(f"template.{name}" in config for name in condition["send"])
    [subscription] = config["subscriptions"]
    assert {f"trigger.{name}" for name in subscription["triggers"]} == set(triggers)
    for recipient in subscription["recipients"]:
        address = config[f"service.webhook.{recipient}"]["url"]
        assert address.endswith(f"/webhooks/{page.removesuffix('.md')}")


def test_the_template_for_argo_cd_is_understood() -> None:
    app = application(["lamps:1"])["app"]
    values = {"time.Now": "2026-03-02T09:00:00Z", ".context": {"argocdUrl": "https://a.example"}}
    values |= {".app.metadata": app["metadata"], ".app.spec": app["spec"]}
    body = rendered(
        notifications("argo-cd.md"), "streamgauge", {**values, ".app.status": app["status"]}
    )
    assert kinds(Run("argo-cd").post(body)) == ["service.deployed"]


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("streamgauge-completed", "service.deployed"),
        ("streamgauge-aborted", "deployment.failed"),
        ("streamgauge-analysis-failed", "testsuiterun.finished"),
    ],
)
def test_the_templates_for_argo_rollouts_are_understood(template: str, kind: str) -> None:
    run = {"metadata": {"name": "web-1"}, "status": {"phase": "Failed"}}
    values = {
        "time.Now": "2026-03-02T09:00:00Z",
        ".rollout": rollout("a", 1, phase="Paused"),
        ".analysisRuns": [run],
    }
    body = rendered(notifications("argo-rollouts.md"), template, values)
    assert kinds(Run("argo-rollouts").post(body)) == [kind]


def test_the_template_of_fourkeys_is_understood() -> None:
    values = {
        ".app.metadata.name": "lamps",
        "finishedAt": "2026-03-02T09:00:00Z",
        "syncResult.revision": COMMITS["a"],
    }
    body = rendered(notifications("fourkeys.md"), "fourkeys", values)
    assert kinds(Run("fourkeys").post(body)) == ["service.deployed"]
