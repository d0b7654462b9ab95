"""The rendered manifests."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import falcon.inspect
import pytest
import yaml

from streamgauge.settings import Settings
from streamgauge_http.app import create_app
from streamgauge_http.runtime import Runtime
from tests.k8s.rendering import (
    ALL,
    BASE,
    K8S,
    LISTENING,
    NOWHERE,
    TRIAL,
    Object,
    kubectl,
    write_events_overlay,
    write_own_overlay,
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder with what an installer adds to it."""
    tree = tmp_path_factory.mktemp("clone") / "k8s"
    shutil.copytree(K8S, tree, ignore=shutil.ignore_patterns("database.env"))
    subprocess.run([tree / TRIAL / "password.sh"], check=True)
    write_events_overlay(tree)
    write_own_overlay(tree)
    return tree


@pytest.fixture(scope="module")
def rendered(tree: Path) -> dict[str, list[Object]]:
    return {name: list(yaml.safe_load_all(kubectl("kustomize", str(tree / name)))) for name in ALL}


@pytest.fixture(params=ALL)
def objects(request: pytest.FixtureRequest, rendered: dict[str, list[Object]]) -> list[Object]:
    return rendered[request.param]


@pytest.fixture
def base(rendered: dict[str, list[Object]]) -> list[Object]:
    return rendered[BASE]


@pytest.fixture(scope="module")
def paths() -> dict[str, dict[str, set[str]]]:
    """Role -> path -> methods, of the application that runs in that role."""
    found = {}
    for role in LISTENING:
        runtime = Runtime(Settings.load({}), NOWHERE)
        routes = falcon.inspect.inspect_routes(create_app(runtime, {role}))
        found[role] = {r.path: {m.method for m in r.methods if not m.internal} for r in routes}
        runtime.database.close()
    return found
