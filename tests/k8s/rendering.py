"""The manifests in k8s/, rendered as `kubectl apply -k` would, and ways to look at them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

K8S = Path(__file__).parents[2] / "k8s"
README = (K8S / "README.md").read_text(encoding="utf-8")
KUBECTL = shutil.which("kubectl", path=sysconfig.get_path("scripts")) or "kubectl"
BASE, TRIAL, KNATIVE = "base", "overlays/trial", "overlays/knative"
EVENTS, OWN = "overlays/knative-events", "production"
OVERLAYS = (TRIAL, KNATIVE, EVENTS, OWN)
ALL = (BASE, *OVERLAYS)
OLDEST, NEWEST = "1.25", "1.37"
ROLES = ("ingest", "api", "worker")
LISTENING = ("ingest", "api")
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
WATCHING = {"get", "list", "watch"}
RESOURCE_OF = {
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "Event": "events",
}
# As the custom resource definition of Knative Eventing has them; True for a map of one's own keys.
API_SERVER_SOURCE = {
    "apiVersion": None,
    "kind": None,
    "metadata": {"name": None, "namespace": None},
    "spec": {
        "serviceAccountName": None,
        "mode": None,
        "resources": {"apiVersion": None, "kind": None},
        "namespaceSelector": {"matchLabels": True},
        "ceOverrides": {"extensions": True},
        "sink": {"ref": {"apiVersion": None, "kind": None, "name": None}, "uri": None},
    },
}

Object = dict[str, Any]


def kubectl(*arguments: str) -> str:
    done = subprocess.run([KUBECTL, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def blocks(text: str) -> list[str]:
    """The indented blocks of a page."""
    found = re.split(r"^(?! {4}).+\n", text, flags=re.M)
    return [dedent(block).strip("\n") for block in found if block.strip()]


def overlay_of_the_page() -> str:
    """The one block that is a file."""
    (found,) = re.findall(r"^```yaml\n(.*?)^```", README, re.M | re.S)
    return str(found)


def commands() -> list[str]:
    """The commands that the page shows, one a line."""
    lines = "\n".join(blocks(README)).splitlines()
    return [line for line in lines if line.startswith(("kubectl", "k8s/"))]


def write_events_overlay(tree: Path) -> None:
    """The overlay for Knative with the lines that are commented out in it."""
    shutil.copytree(tree / KNATIVE, tree / EVENTS)
    file = tree / EVENTS / "kustomization.yaml"
    text = file.read_text(encoding="utf-8")
    text, count = re.subn(r"^# (patches:|  - path: events-instead.yaml)$", r"\1", text, flags=re.M)
    assert count == 2
    file.write_text(text, encoding="utf-8")


def write_own_overlay(tree: Path) -> None:
    """The overlay that the page shows."""
    (tree / OWN).mkdir()
    text = overlay_of_the_page().replace("../k8s/base", "../base")
    (tree / OWN / "kustomization.yaml").write_text(text, encoding="utf-8")
    settings = (tree / BASE / "streamgauge.toml").read_text(encoding="utf-8")
    (tree / OWN / "streamgauge.toml").write_text(settings + "port = 8081\n", encoding="utf-8")
    shutil.copy(tree / BASE / "routes.yaml", tree / OWN)


def of_kind(objects: list[Object], *kinds: str) -> dict[str, Object]:
    return {item["metadata"]["name"]: item for item in objects if item["kind"] in kinds}


def only(objects: list[Object], kind: str) -> Object:
    (found,) = of_kind(objects, kind).values()
    return found


def deployments(objects: list[Object]) -> dict[str, Object]:
    return {
        name.removeprefix("streamgauge-"): item
        for name, item in of_kind(objects, "Deployment").items()
    }


def workloads(objects: list[Object]) -> dict[str, Object]:
    return of_kind(objects, "Deployment", "StatefulSet")


def pod(workload: Object) -> Object:
    return workload["spec"]["template"]["spec"]


def labels(workload: Object) -> Mapping[str, str]:
    return workload["spec"]["template"]["metadata"]["labels"]


def containers(workload: Object) -> list[Object]:
    return [*pod(workload).get("initContainers", []), *pod(workload)["containers"]]


def main(workload: Object) -> Object:
    (container,) = pod(workload)["containers"]
    return container


def selected(selector: Mapping[str, str], objects: list[Object]) -> list[str]:
    return [
        name
        for name, item in workloads(objects).items()
        if selector.items() <= labels(item).items()
    ]


def identity(item: Object) -> tuple[str, str, str]:
    return item["apiVersion"], item["kind"], item["metadata"]["name"]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)
    elif isinstance(value, str):
        yield value
