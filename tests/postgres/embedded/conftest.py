"""Folders that a server may be kept in, and processes that hold it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.postgres.embedded.processes import User, acquire, eventually, make_folder, of_folder


@pytest.fixture
def empty_folder() -> Iterator[Path]:
    """A folder that no process of the test may outlive."""
    path = make_folder()
    yield path
    left = {} if eventually(lambda: not of_folder(path), 5.0) else of_folder(path)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(path)
    assert not left


@pytest.fixture(scope="module")
def store() -> Iterator[Path]:
    """Where the data waits between two tests: to make it takes half a second."""
    path = make_folder()
    yield path
    shutil.rmtree(path)


@pytest.fixture
def folder(empty_folder: Path, store: Path) -> Iterator[Path]:
    """A folder with the data of a server that has run before."""
    if not (store / "data").exists():
        acquire(store).release()
    (store / "data").rename(empty_folder / "data")
    (empty_folder / "data" / "postgres.log").unlink(missing_ok=True)
    yield empty_folder
    if eventually(lambda: not of_folder(empty_folder), 5.0):
        (empty_folder / "data").rename(store / "data")


@pytest.fixture
def new_user(folder: Path) -> Iterator[Callable[[], User]]:
    users: list[User] = []

    def make() -> User:
        users.append(User(folder))
        return users[-1]

    yield make
    for user in users:
        if user.process.poll() is None:
            user.kill()
