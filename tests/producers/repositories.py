"""A git server without a forge: bare repositories with the hook, and a working copy of each."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.producers.telling import SECRET
from tests.service import eventually

HOOK = ROOT / "examples/git/post-receive"


@dataclass(frozen=True)
class Repository:
    """`work` pushes to `bare`, whose hook tells of it."""

    bare: Path
    work: Path
    address: str
    environ: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def made(cls, folder: Path, url: str, environ: Mapping[str, str] | None = None) -> Repository:
        own = {
            "HOME": str(folder),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            **(environ or {}),
        }
        address = f"https://git.example.com/{folder.name}"
        made = cls(folder / "bare.git", folder / "work", address, own)
        made.git("init", "-q", "--bare", "-b", "main", str(made.bare), at=folder)
        made.git("clone", "-q", str(made.bare), str(made.work), at=folder)
        made.git("checkout", "-q", "-b", "main")
        for name, value in (("url", url), ("secret", SECRET), ("repository", address)):
            made.git("config", f"streamgauge.{name}", value, at=made.bare)
        (made.bare / "hooks/post-receive").symlink_to(HOOK)
        return made

    def git(self, *arguments: str | bytes, at: Path | None = None, **environ: Any) -> str:
        return subprocess.run(
            ["git", *arguments],
            cwd=at or self.work,
            env={**os.environ, **self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        ).stdout.decode()

    def commit(
        self,
        file: str | bytes,
        *,
        author: str | bytes = "Ann",
        at: datetime | str | None = None,
        message: str | bytes = "Work",
    ) -> str:
        """A commit that adds to the file; its id."""
        path = self.work / os.fsdecode(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as opened:
            opened.write(b"line\n")
        when = at.isoformat() if isinstance(at, datetime) else at
        who = {"GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": "a@example.com"}
        who |= {"GIT_COMMITTER_NAME": "Bot", "GIT_COMMITTER_EMAIL": "b@example.com"}
        who |= {} if when is None else {"GIT_AUTHOR_DATE": when}
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message, **who)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def push(self, *refs: str) -> str:
        """What the one who pushes is told."""
        done = subprocess.run(
            ["git", "push", "origin", *(refs or ("main",))],
            cwd=self.work,
            env={**os.environ, **self.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        return done.stderr.decode()

    @property
    def spool(self) -> Path:
        return self.bare / "streamgauge"

    def waiting(self) -> list[Any]:
        """The payloads that could not be delivered, when the hook has come to its end."""
        eventually(lambda: not list(self.spool.glob("*.updates")))
        return [json.loads(file.read_bytes()) for file in sorted(self.spool.glob("*.json"))]

    def is_idle(self) -> bool:
        """Whether all that was pushed has been delivered."""
        return [file.name for file in self.spool.iterdir()] == ["errors.log"]
