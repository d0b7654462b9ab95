"""The example package as it is when somebody has installed it: on the path, with its metadata."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from importlib.metadata import distributions, entry_points
from pathlib import Path

from streamgauge.plugins import GROUP, Plugins
from streamgauge.settings import Settings
from tests.conftest import ROOT

EXAMPLE = ROOT / "examples/streamgauge-batch-size"
PACKAGE = EXAMPLE / "streamgauge_batch_size"


def install(folder: Path) -> Mapping[str, str]:
    """Put the package's metadata, by its pyproject.toml, into the folder; the environment in which
    both are found."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    name, version = project["name"], project["version"]
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [f"{key} = {value}" for key, value in project["entry-points"][GROUP].items()]
    (metadata / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]))
    paths = [str(folder), str(EXAMPLE), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}


def installed(folder: Path, settings: Mapping[str, str] | None = None) -> Plugins:
    """The plugins in this process, with the package installed into the folder."""
    install(folder)
    (distribution,) = distributions(path=[str(folder)])
    mine = distribution.entry_points.select(group=GROUP)
    return Plugins(Settings.load(settings or {}), [*entry_points(group=GROUP), *mine])
