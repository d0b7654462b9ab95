"""One postgres process and its data: made, started, looked after, stopped. The keeper runs it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from streamgauge.errors import EmbeddedPostgresError
from streamgauge.postgres.embedded.log import LOG, last_lines, note, read_log
from streamgauge.postgres.embedded.places import SOCKET_NAME, Account, Home, popen_as
from streamgauge.postgres.embedded.processes import (
    die_with_parent,
    disown_pidfile,
    is_postgres_of,
    pidfile_process,
    read_pidfile,
    stop_postgres_of,
)

SUPERUSER = "streamgauge"
"""The one role of a new server."""


def _shared_megabytes() -> int:
    """An eighth of the memory, 128 MB to 2 GB: the keys of some ten million events."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(128, min(2048, total // 8))


SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": f"{_shared_megabytes()}MB",
    # After each checkpoint the first change of a page is written to the WAL with the whole page. An
    # event's key is as good as random, so in a log of millions that is nearly every insert, until
    # the next pages have been changed before: fewer checkpoints, so fewer whole pages.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",
    "jit": "off",  # compiling costs small queries more than it gives, and the wheel cannot
}
"""The settings of every embedded server; what is not here is PostgreSQL's default, so durable."""

_NEW = "postgres.new-"  # the data folder while initdb works on it
_GIVE_UP_AFTER = 30.0  # seconds of trying to start while an earlier postgres is in the way
_LONGEST_PAUSE = 5.0  # seconds between two tries to start again
_STOP_STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, slots=True)
class Plan:
    """What the keeper is told: which programs, on which data, under which account."""

    bindir: Path
    version: str
    home: Home
    sockets: Path
    options: Mapping[str, str]

    def to_json(self) -> str:
        """As one argument of a command line."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        account = values["home"]["account"]
        return cls(
            bindir=Path(values["bindir"]),
            version=values["version"],
            home=Home(Path(values["home"]["path"]), Account(**account) if account else None),
            sockets=Path(values["sockets"]),
            options=values["options"],
        )


class Server:
    """A postgres on a data folder. Call `start`, then `step` whenever something happens."""

    def __init__(self, plan: Plan) -> None:
        self.ready = False
        """Whether connections are accepted."""
        self._plan = plan
        self._pgdata = plan.home.pgdata
        self._process: subprocess.Popen[bytes] | None = None
        self._syncing: subprocess.Popen[bytes] | None = None
        self._is_new = False
        self._was_ready = False
        self._tries = 0
        self._next_try = 0.0
        self._give_up = 0.0
        self._log_start = 0

    def start(self, say: Callable[[str], None]) -> None:
        """Make the data folder if there is none, and launch postgres on it."""
        if not (self._pgdata / "PG_VERSION").exists():
            version = self._plan.version
            say(f"making a new PostgreSQL {version} in {self._pgdata} (first start only)")
            self._make_data()
        elif not stop_postgres_of(self._pgdata):
            raise EmbeddedPostgresError(
                f"the process {pidfile_process(self._pgdata)} is a PostgreSQL on {self._pgdata}"
                " that was left behind and does not stop; end it"
            )
        self._give_up = time.monotonic() + _GIVE_UP_AFTER
        self._launch()

    def step(self) -> float | None:
        """Notice that postgres is ready, or launch it again if it has ended.

        Gives the seconds after which to call again; None means not before something happens.
        Raises EmbeddedPostgresError if postgres has never been ready and cannot be.
        """
        if self._syncing is not None and self._syncing.poll() is not None:
            self._syncing = None
        if self._process is None:
            if (wait := self._next_try - time.monotonic()) > 0:
                return wait
            self._launch_again()
        elif (code := self._process.poll()) is not None:
            self._process = None
            self._after_end(code)
        elif not self.ready:
            self.ready = self._says_ready()
            if self.ready:
                self._after_ready()
        return None if self.ready else 0.01

    def stop(self) -> None:
        """Shut postgres down: fast and clean if it can be, by force if it hangs."""
        for wanted, seconds in _STOP_STEPS:
            if self._process is None:
                break
            self._process.send_signal(wanted)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
                self._process = None
        if self._syncing is not None:
            self._syncing.wait()

    def _make_data(self) -> None:
        # Made beside its place and moved: an initdb that was cut off leaves no half a folder.
        # Each time under another name, because that initdb may live for a moment yet.
        for left in self._pgdata.parent.glob(f"{_NEW}*"):
            shutil.rmtree(left, ignore_errors=True)
        new = Path(tempfile.mkdtemp(prefix=_NEW, dir=self._pgdata.parent))
        if account := self._plan.home.account:
            os.chown(new, account.uid, account.gid, follow_symlinks=False)
        options = ["--no-sync", "--locale=C", "--encoding=UTF8", "--auth=trust", "-U", SUPERUSER]
        initdb = self._run("initdb", *options, "-D", str(new), output=subprocess.PIPE)
        said, _ = initdb.communicate()
        if initdb.returncode != 0:
            raise EmbeddedPostgresError(
                f"initdb of PostgreSQL {self._plan.version} ({self._plan.bindir}) could not make"
                f" {self._pgdata}; its last words:\n{last_lines(said)}"
            )
        try:
            new.rename(self._pgdata)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"{self._pgdata} holds something else than a PostgreSQL's data, so none can be made"
                f" there: {error.strerror}"
            ) from None
        self._is_new = True

    def _launch(self) -> None:
        # No postgres of this data folder lives, so whatever lies here is left from a dead one.
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self._plan.sockets / name).unlink(missing_ok=True)
        settings = {"unix_socket_directories": str(self._plan.sockets), **SETTINGS}
        settings.update(self._plan.options)
        self._log_start = os.fstat(LOG).st_size
        self._process = self._run(
            "postgres",
            "-D",
            str(self._pgdata),
            *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        )

    def _launch_again(self) -> None:
        try:
            self._launch()
        except OSError as error:
            note(f"PostgreSQL cannot be started: {error}")
            self._next_try = time.monotonic() + _LONGEST_PAUSE

    def _run(self, program: str, *arguments: str, output: int = LOG) -> subprocess.Popen[bytes]:
        keep = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        return subprocess.Popen(
            [str(self._plan.bindir / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output if output == LOG else subprocess.STDOUT,
            cwd="/",
            # Nothing of the user's PG* variables; messages in English, because they are read.
            env={name: os.environ[name] for name in keep if name in os.environ}
            | {"LC_ALL": "C", "TZ": "UTC"},
            umask=0o077,
            preexec_fn=die_with_parent(),
            **popen_as(self._plan.home.account),
        )

    def _says_ready(self) -> bool:
        assert self._process is not None
        lines = read_pidfile(self._pgdata)
        return len(lines) >= 8 and lines[0] == str(self._process.pid) and "ready" in lines[7]

    def _after_ready(self) -> None:
        self._was_ready = True
        self._tries = 0
        if self._is_new and self._plan.options.get("fsync") != "off":
            # What initdb left to the kernel must reach the disk too, but nobody has to wait.
            with contextlib.suppress(OSError):
                self._syncing = self._run("initdb", "--sync-only", "-D", str(self._pgdata))
        self._is_new = False

    def _after_end(self, code: int) -> None:
        self.ready = False
        said = read_log(LOG, self._log_start)
        passing = self._is_passing(said) and time.monotonic() < self._give_up
        if not self._was_ready and not passing:
            raise EmbeddedPostgresError(
                f"PostgreSQL {self._plan.version} ({self._plan.bindir}) does not start on"
                f" {self._pgdata}; the end of {self._plan.home.log}:\n{last_lines(said)}"
            )
        # Once it has run, whatever stops it (a full disk, say) may go away: try for ever.
        pause = min(0.05 * 2 ** min(self._tries, 10), _LONGEST_PAUSE)
        self._tries += 1
        self._next_try = time.monotonic() + pause
        note(f"PostgreSQL ended with {code}; starting it again in {pause:g} s")

    def _is_passing(self, said: bytes) -> bool:
        """Whether postgres refused to start for a reason that goes away, or that was removed."""
        if b"pre-existing shared memory block" in said:
            return True  # the backends of a killed server notice its end within moments
        pid = pidfile_process(self._pgdata)
        if b'lock file "postmaster.pid" already exists' not in said or pid is None:
            return False
        if is_postgres_of(pid, self._pgdata) is False:
            disown_pidfile(self._pgdata, self._plan.home.account)
        return True
