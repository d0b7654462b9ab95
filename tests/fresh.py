"""A fresh virtual environment with the base install, as a plugin's author has it."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_PINNED = re.compile(r"^(\S+==[^\\]+?)(?: \\)?$", re.MULTILINE)


@dataclass(frozen=True)
class Fresh:
    """The environment in a folder; nothing is in it but what `pip install streamgauge` brings."""

    folder: Path

    @classmethod
    @contextmanager
    def of_the_run(cls, folder: Path) -> Iterator[Fresh]:
        """The one in the folder, made if it is not there, for one test process at a time."""
        with (folder / "fresh.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            fresh = cls(folder / "fresh")
            if not (fresh.folder / "made").exists():
                fresh._make()
            yield fresh

    def run(self, *command: str, cwd: Path | None = None, code: int = 0) -> str:
        """What a command of the environment prints; it must end with the code."""
        done = subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]],
            cwd=cwd or self.folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + (done.stderr if code else "")

    def install(self, *arguments: str, cwd: Path | None = None) -> None:
        """`pip install`, of the versions that are pinned."""
        self.run("pip", "install", "--quiet", *arguments, cwd=cwd)

    @property
    def _environ(self) -> Mapping[str, str]:
        ours = ("PYTHONPATH", "PYTEST_")  # it has none of our packages, nor of pytest's plugins
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
            "PIP_CONSTRAINT": str(self.folder / "constraints.txt"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _make(self) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(self.folder)], check=True)
        # Without their hashes: pip takes what it has already, and our wheel has none.
        pinned = _PINNED.findall((ROOT / "requirements/dev.lock").read_text())
        (self.folder / "constraints.txt").write_text("\n".join(pinned))
        self._need_an_index()
        self.install(str(wheel_of(ROOT, self.folder / "wheels")))
        (self.folder / "made").touch()

    def _need_an_index(self) -> None:
        """Skip where there is none, as on a train. What fails later is our fault."""
        probe = ("download", "--no-deps", "--retries", "0", "-d", "probe", "pluggy")
        asked = subprocess.run(
            [str(self.folder / "bin/pip"), *probe],
            cwd=self.folder,
            env=self._environ,
            capture_output=True,
            check=False,
        )
        if asked.returncode:
            pytest.skip("pip reaches no package index: no environment can be made")


def wheel_of(source: Path, into: Path) -> Path:
    """The wheel of a package, built as its pyproject.toml says."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet",
         "--no-deps", "--no-build-isolation", "-w", str(into), str(source)],
        check=True,
    )  # fmt: skip
    [wheel] = into.glob(f"{source_name(source)}-*.whl")
    return wheel


def source_name(source: Path) -> str:
    """What the wheel's name begins with."""
    found = re.search(r'^name = "(.+)"$', (source / "pyproject.toml").read_text(), re.MULTILINE)
    assert found is not None
    return found[1].replace("-", "_")


def beside_the_service(wheel: Path, folder: Path) -> Mapping[str, str]:
    """Install a plugin's wheel into a folder; the environment in which a service finds it."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet",
         "--no-deps", "--target", str(folder), str(wheel)],
        check=True,
    )  # fmt: skip
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}
