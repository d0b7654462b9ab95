"""`streamgauge new plugin` writes a package that passes its own checks, whatever its name."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from streamgauge.scaffold import LONGEST, NameRefused, write_plugin
from tests.cli.test_cli import run

NAMES = ("my-tool", "x", "a" * LONGEST, "the-2nd-tool")


def check(folder: Path, *command: str, environ: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def registered(where: Path, name: str, module: str) -> None:
    """What an installer leaves in a folder of packages, of a distribution called theirs."""
    info = where / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[streamgauge]\n{name} = {module}\n")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_formatted_linted_and_typed(name: str, tmp_path: Path) -> None:
    write_plugin(name, tmp_path)
    folder = tmp_path / f"streamgauge-{name}"
    check(folder, "ruff", "format", "--check", "--no-cache", ".")
    check(folder, "ruff", "check", "--no-cache", ".")
    check(folder, "mypy", "--cache-dir", str(tmp_path / "mypy"))


def test_its_own_tests_pass(tmp_path: Path) -> None:
    write_plugin("my-tool", tmp_path)
    folder = tmp_path / "streamgauge-my-tool"
    registered(tmp_path, "my-tool", "streamgauge_my_tool")
    paths = os.pathsep.join(map(str, (tmp_path, folder)))
    check(folder, "pytest", "-p", "no:cacheprovider", environ={"PYTHONPATH": paths})


def test_nothing_of_the_template_is_left_in_it(tmp_path: Path) -> None:
    for file in write_plugin("my-tool", tmp_path):
        assert "@" not in file.name
        text = file.read_text()
        assert not any(word in text for word in ("@name@", "@module@", "@Class@", "@NAME@"))
        assert not file.name.endswith(".in")


def test_the_wheel_has_the_package_and_its_entry_point(tmp_path: Path) -> None:
    write_plugin("my-tool", tmp_path)
    folder = tmp_path / "streamgauge-my-tool"
    check(folder, "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", "dist", ".")
    [wheel] = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        info = "streamgauge_my_tool-0.1.0.dist-info"
        points = opened.read(f"{info}/entry_points.txt").decode()
    packed = {"__init__.py", "py.typed", "receiver.py", "transformer.py"}
    assert {f"streamgauge_my_tool/{name}" for name in packed} <= set(names)
    assert not any(name.startswith("tests") for name in names)
    assert "my-tool = streamgauge_my_tool" in points


@pytest.mark.parametrize("name", ["", "My-Tool", "2nd", "a_b", "../x", "a--b", "a" * 25, "ä"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(NameRefused, match="is no name for a plugin"):
        write_plugin(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("github", "the package streamgauge_github"),
        ("docker-hub", "the package streamgauge_docker_hub"),
        ("http", "the package streamgauge_http"),
        ("bench", "the package streamgauge_bench"),
        ("dora", "the package streamgauge_dora"),
        ("github-deployments", "a transformer of the plugin github"),
        ("links", "a receiver of the plugin"),
        ("cloudevents", "the CloudEvents that come in by themselves"),
    ],
)
def test_a_name_that_is_taken_is_refused(name: str, owner: str, tmp_path: Path) -> None:
    with pytest.raises(NameRefused, match=f"{name}.*is taken by {owner}.*such as my-{name}"):
        write_plugin(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_an_installed_plugin_is_refused_whatever_its_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(tmp_path, "rocket", "of_acme.rockets")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(NameRefused, match="is taken by the plugin rocket of theirs"):
        write_plugin("rocket", tmp_path)


def test_a_refused_name_is_wrong_usage(tmp_path: Path) -> None:
    said = run("new", "plugin", "gitlab", "--into", str(tmp_path))
    assert said.code == 2
    assert "choose another name" in " ".join(said.err.split())


def test_nothing_is_written_over(tmp_path: Path) -> None:
    said = run("new", "plugin", "my-tool", "--into", str(tmp_path))
    assert said.code == 0
    assert str(tmp_path / "streamgauge-my-tool/pyproject.toml") in said.out.splitlines()
    assert "pip install -e '.[test]' && pytest" in said.err
    again = run("new", "plugin", "my-tool", "--into", str(tmp_path))
    assert again.code == 1
    assert "is there already" in again.err
