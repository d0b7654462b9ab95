"""Where the embedded server's things lie, and which account they belong to.

In the data folder: `postgres` (the data, PostgreSQL's own folder), `postgres.log` and
`postgres.log.1`, `lock` (held while a server is started or stopped), `keeper.lock` (held by the
keeper as long as it lives), and `run` (the sockets; a link to a folder below /tmp where the path
would be too long for a socket).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamgauge.errors import EmbeddedPostgresError

ROOT_HOME = Path("/var/lib/streamgauge")
"""The data folder of root, and where root puts copies of programs that others cannot reach."""
SOCKET_NAME = ".s.PGSQL.5432"
"""What PostgreSQL calls its socket for port 5432; there is no such TCP port here."""
KEEPER_SOCKET_NAME = "keeper.sock"
"""What the keeper calls its own, in the same folder."""
LONGEST_SOCKET_PATH = 103
"""In bytes: Linux takes 107, macOS and the BSDs 103."""


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged account that a server started by root runs under."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Home:
    """A data folder, and the account its server runs under: None for the account of the caller."""

    path: Path
    account: Account | None

    @property
    def pgdata(self) -> Path:
        """PostgreSQL's own folder."""
        return self.path / "postgres"

    @property
    def log(self) -> Path:
        """What the server and the keeper say."""
        return self.path / "postgres.log"


def popen_as(account: Account | None) -> dict[str, Any]:
    """The arguments of subprocess.Popen that run a program as `account`."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """The user's data folder; root has one of its own, because its server is another account."""
    if os.geteuid() == 0:
        return ROOT_HOME
    if environ.get("XDG_DATA_HOME", "").startswith("/"):
        return Path(environ["XDG_DATA_HOME"]) / "streamgauge"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "streamgauge"
    return Path.home() / ".local" / "share" / "streamgauge"


def open_home(data_dir: Path | None, environ: Mapping[str, str]) -> Home:
    """The data folder, made if need be. Raises EmbeddedPostgresError if it cannot be used."""
    try:
        path = (data_dir or default_data_dir(environ)).resolve()
    except RuntimeError as error:  # no home folder
        raise EmbeddedPostgresError(f"{error}; set STREAMGAUGE_DATA_DIR to a folder") from None
    try:
        make_folders(path)
        account = _server_account(path / "postgres")
    except OSError as error:
        raise EmbeddedPostgresError(
            f"the data folder {path} cannot be used: {error}; set STREAMGAUGE_DATA_DIR to a folder"
            " that can be written to"
        ) from None
    if account is not None:
        _check_way(path, account)
    return Home(path, account)


def make_folders(path: Path) -> None:
    """Make a folder, and those above it that are missing."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        # Root's server is another account and must get through, whatever the umask.
        folder.chmod(0o755 if os.geteuid() == 0 else 0o700)


def socket_folder(home: Home) -> Path:
    """The private folder for the sockets. Call it with the lock held.

    It is `run` in the data folder. Where that is too long for a socket, or not plain enough for
    PostgreSQL's list of folders, `run` is a link to a folder below /tmp.
    """
    run = home.path / "run"
    if _fits(run):
        if run.is_symlink():
            run.unlink()
        run.mkdir(mode=0o700, exist_ok=True)
        return _make_private(run, home.account)
    # The name says whose it is: a copy of the data folder must not share the first one's sockets.
    prefix = f"streamgauge-{hashlib.sha256(os.fsencode(home.path)).hexdigest()[:8]}-"
    owner = home.account.uid if home.account else os.geteuid()
    if not (run.is_symlink() and _is_private(run.resolve(), owner, prefix)):
        shutil.rmtree(run, ignore_errors=True)  # a folder, if the data came from a shorter path
        run.unlink(missing_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
        run.symlink_to(_make_private(folder, home.account))
    return run.resolve()


def remove_socket_folder(home: Home, folder: Path) -> None:
    """Remove a socket folder below /tmp; the one in the data folder stays."""
    run = home.path / "run"
    if run.is_symlink():
        run.unlink()
        shutil.rmtree(folder, ignore_errors=True)


def open_file(path: Path, account: Account | None) -> int:
    """A descriptor to read and to append; the file belongs to the server's account.

    No link is followed: root may work in a folder that is somebody else's.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"{path} cannot be opened: {error.strerror}. If the data folder is used by another"
            " account, use it as that account or set STREAMGAUGE_DATA_DIR to another folder"
        ) from None
    if account is not None:
        os.fchown(descriptor, account.uid, account.gid)
    return descriptor


def take_lock(path: Path, account: Account | None, seconds: float) -> int | None:
    """Lock a file; the lock lasts as long as a copy of the descriptor is open in any process.

    None if somebody else held it all the time.
    """
    descriptor = open_file(path, account)
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                os.close(descriptor)
                return None
            time.sleep(0.005)
        else:
            return descriptor


def _server_account(pgdata: Path) -> Account | None:
    owner = pgdata.stat() if pgdata.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise EmbeddedPostgresError(
                f"{pgdata} belongs to the account {_name(owner.st_uid)}; use it as that account or"
                " set STREAMGAUGE_DATA_DIR to another folder"
            )
        return None
    if owner is not None and owner.st_uid != 0:
        return Account(_name(owner.st_uid), owner.st_uid, owner.st_gid)
    if owner is not None and any(pgdata.iterdir()):
        raise EmbeddedPostgresError(
            f"{pgdata} belongs to root, and PostgreSQL does not run as root: give it to an"
            " unprivileged account with chown -R"
        )
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and there is neither an account postgres nor nobody to"
        " run it under: make one, or start Streamgauge as an unprivileged account"
    )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _check_way(path: Path, account: Account) -> None:
    for folder in reversed((path, *path.parents)):
        facts = folder.stat()
        if facts.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif facts.st_gid == account.gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not facts.st_mode & bit:
            raise EmbeddedPostgresError(
                f"PostgreSQL does not run as root, and the account {account.name}, which it would"
                f" run under, cannot reach the data folder {path}: {folder} is closed to it. Set"
                f" STREAMGAUGE_DATA_DIR to another folder; {ROOT_HOME} is root's default"
            )


def _fits(run: Path) -> bool:
    length = len(os.fsencode(run / SOCKET_NAME))
    plain = re.fullmatch(r"[-\w/. ]+", str(run), re.ASCII)
    return plain is not None and length <= LONGEST_SOCKET_PATH


def _is_private(folder: Path, owner: int, prefix: str) -> bool:
    # Anybody may make folders in /tmp: the one the link names must be ours, and ours alone.
    if not folder.exists():
        return False
    facts = folder.lstat()
    private = facts.st_uid == owner and facts.st_mode == stat.S_IFDIR | 0o700
    return private and folder.name.startswith(prefix)


def _make_private(folder: Path, account: Account | None) -> Path:
    if account is not None:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    folder.chmod(0o700)
    return folder
