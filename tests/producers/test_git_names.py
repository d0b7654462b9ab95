"""Whatever bytes git lets names be made of, the hook makes JSON of them that says the same."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.producers.programs import program
from tests.producers.repositories import HOOK, Repository

NOBODY = "http://127.0.0.1:1"
LONGEST = 200


def bytes_without(*never: bytes, size: int) -> st.SearchStrategy[bytes]:
    """Bytes, and texts as people write them, without some characters."""

    def clean(found: bytes) -> bytes:
        for each in never:
            found = found.replace(each, b"")
        return found

    texts = st.text(max_size=size).map(lambda text: text.encode(errors="surrogatepass"))
    return st.one_of(st.binary(max_size=size), texts).map(clean)


# Git itself takes blanks from the ends of a name.
AUTHORS = bytes_without(b"\0", b"\n", b"<", b">", size=250).map(lambda name: b"A" + name + b"z")
FOLDERS = st.sets(
    bytes_without(b"\0", b"/", size=40).filter(lambda name: name not in (b"", b".", b"..")),
    min_size=1,
    max_size=4,
)


def readable(name: bytes) -> str:
    """Each byte that is no part of a character becomes U+FFFD."""
    text = name.decode(errors="surrogateescape")
    return "".join("\ufffd" if "\udc80" <= char <= "\udcff" else char for char in text)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    program("git", by="apt-get install git")
    program("curl", by="apt-get install curl")
    yield Repository.made(tmp_path_factory.mktemp("names"), NOBODY)


def run(repository: Repository, *command: str, given: bytes) -> str:
    done = subprocess.run(
        command,
        cwd=repository.bare,
        env={**os.environ, **repository.environ, "GIT_DIR": str(repository.bare)},
        input=given,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip()


def write_commit(repository: Repository, author: bytes, folders: set[bytes]) -> str:
    blob = run(repository, "git", "hash-object", "-w", "--stdin", given=b"x").encode()
    file = run(repository, "git", "mktree", "-z", given=b"100644 blob " + blob + b"\tf\0").encode()
    listed = b"".join(b"040000 tree " + file + b"\t" + name + b"\0" for name in folders)
    tree = run(repository, "git", "mktree", "-z", given=listed).encode()
    person = b" <a@example.com> 1772368200 +0000\n"
    commit = (
        b"tree " + tree + b"\nauthor " + author + person + b"committer Bot" + person + b"\n\xff"
    )
    return run(repository, "git", "hash-object", "-t", "commit", "-w", "--stdin", given=commit)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    author=b'A\\n"\\u0041 \x7f\x01\t\xc3\xa9\xf0\x9f\x9a\x80z', folders={b'"', b"\\", b"\x07\x0b"}
)
@example(
    author=b"A\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82z", folders={b"\xff\n\r\x7f", b"\\010"}
)
@example(author=b"A" + "\u00e9".encode() * 120 + b"z", folders={b" "})
@given(author=AUTHORS, folders=FOLDERS)
def test_names_of_any_bytes(repository: Repository, author: bytes, folders: set[bytes]) -> None:
    commit = write_commit(repository, author, folders)
    update = f"{'0' * 40} {commit} refs/heads/main\n".encode()
    run(repository, "sh", str(HOOK), given=update)
    [push] = repository.waiting()
    for file in repository.spool.glob("*.json"):
        file.unlink()
    assert (push["branch"], push["after"], "before" in push) == ("main", commit, False)
    [told] = push["commits"]
    assert (told["id"], told["timestamp"]) == (commit, "2026-03-01T12:30:00Z")
    assert told.get("author") == (None if b"@" in author else readable(author[:LONGEST]))
    assert sorted(told["directories"]) == sorted(readable(name) for name in folders)
