"""The example packages as they are when somebody has installed them: on the path, with metadata."""

from __future__ import annotations

import ast
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import distributions, entry_points
from pathlib import Path
from typing import Any

from streamgauge.plugins import GROUP, Plugins
from streamgauge.settings import Settings
from tests.conftest import ROOT


@dataclass(frozen=True)
class Example:
    """One of them, by its name."""

    name: str

    @property
    def folder(self) -> Path:
        return ROOT / "examples" / self.name

    @property
    def package(self) -> Path:
        return self.folder / self.name.replace("-", "_")

    def install(self, folder: Path) -> Mapping[str, str]:
        """Put the package's metadata, by its pyproject.toml, into the folder; the environment in
        which both are found."""
        project = tomllib.loads((self.folder / "pyproject.toml").read_text())["project"]
        name, version = project["name"], project["version"]
        metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        lines = [f"{key} = {value}" for key, value in project["entry-points"][GROUP].items()]
        (metadata / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]))
        paths = [str(folder), str(self.folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"PYTHONPATH": os.pathsep.join(paths)}

    def installed(self, folder: Path, settings: Mapping[str, str] | None = None) -> Plugins:
        """The plugins in this process, with the package installed into the folder."""
        self.install(folder)
        (distribution,) = distributions(path=[str(folder)])
        mine = distribution.entry_points.select(group=GROUP)
        return Plugins(Settings.load(settings or {}), [*entry_points(group=GROUP), *mine])

    def names_not_public(self) -> Iterator[str]:
        """What its code imports of Streamgauge that is not documented as a plugin author's."""
        for file in sorted(self.package.glob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    yield from (alias.name for alias in node.names if _is_ours(alias.name))
                elif isinstance(node, ast.ImportFrom) and _is_ours(str(node.module)):
                    names = {f"{node.module}.{alias.name}" for alias in node.names}
                    yield from sorted(names - _public())


def _is_ours(module: str) -> bool:
    return module.split(".")[0] == "streamgauge"


def _public() -> set[str]:
    modules: list[Any] = [
        import_module(f"streamgauge{part}")
        for part in ("", ".cdevents", ".metrics", ".projections", ".sources")
    ]
    public = {f"{module.__name__}.{name}" for module in modules for name in module.__all__}
    fields = import_module("streamgauge.sources.fields")
    public |= {f"{fields.__name__}.{name}" for name in vars(fields) if not name.startswith("_")}
    errors = ("InvalidInput", "SettingsError", "WebhookRefused")
    return public | {"streamgauge.settings.Settings", *(f"streamgauge.errors.{e}" for e in errors)}


BATCH_SIZE = Example("streamgauge-batch-size")
TERRAFORM = Example("streamgauge-terraform")
