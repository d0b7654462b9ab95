"""Getting a connection to a keeper: to one that is there, or to a new one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from streamgauge.postgres.embedded.places import open_file
from streamgauge.postgres.embedded.server import Plan

KEEPER_MODULE = "streamgauge.postgres.embedded.keeper"
"""Run with -m, never imported: it is another process."""


def join_keeper(path: Path) -> socket.socket | None:
    """A connection to the keeper that listens at `path`; None if there is none."""
    keeper = socket.socket(socket.AF_UNIX)
    try:
        keeper.settimeout(10.0)
        keeper.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):  # refused: a keeper that was killed
        keeper.close()
        return None
    except BaseException:
        keeper.close()
        raise
    return keeper


def start_keeper(plan: Plan, lock: int) -> socket.socket:
    """Start a keeper, and give the connection that makes the caller its first user.

    `lock` is the lock on the data folder. The keeper has a copy until it listens, so the folder
    stays locked until then even if the caller dies.
    """
    keeper, its_end = socket.socketpair()
    log = open_file(plan.home.log, plan.home.account)
    # The keeper must run the same code, however this process came by it.
    paths = [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
    arguments = [str(its_end.fileno()), str(lock), plan.to_json()]
    try:
        subprocess.run(
            [sys.executable, "-P", "-m", KEEPER_MODULE, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            pass_fds=(its_end.fileno(), lock),
            start_new_session=True,  # Ctrl-C in a terminal is for the user, not for the keeper
            check=False,  # it forks at once; if it cannot, the connection ends
        )
    except BaseException:
        keeper.close()
        raise
    finally:
        os.close(log)
        its_end.close()
    return keeper
