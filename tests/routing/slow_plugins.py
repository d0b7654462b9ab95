"""Transformers that take too long, each in its way; and a worker that has them.

    python -m tests.routing.slow_plugins

is a worker as `serve --role worker` has it, with these beside the plugins that are installed.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from streamgauge import CDEvent, CloudEvent
from streamgauge.hookspecs import State
from streamgauge.plugins import Plugin, Plugins
from streamgauge.processors import worker
from streamgauge.settings import Settings
from tests.helpers import a_deployment


class Loops:
    name = "loops"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        while True:
            pass


class Sleeps:
    name = "sleeps"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        time.sleep(1e9)
        return []


class Backtracks:
    """In C, within one call, which takes longer than the universe has been there."""

    name = "backtracks"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        re.match(r"(a|a)*$", "a" * 200 + "b")
        return []


class ComesAgain:
    """Takes every Exception for something else, and tries once more."""

    name = "comes again"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        while True:
            with suppress(Exception):
                time.sleep(1e9)


class NoticesOnce:
    """Swallows whatever there is, once."""

    name = "notices once"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        with suppress(BaseException):
            time.sleep(1e9)
        time.sleep(1e9)
        return []


class WaitsForALock:
    name = "waits for a lock"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        lock = threading.Lock()
        with lock, lock:
            return []


class WaitsForAnAnswer:
    name = "waits for an answer"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        one, other = socket.socketpair()
        with one, other:
            one.recv(1)
        return []


class WaitsForAProcess:
    name = "waits for a process"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"], check=True)
        return []


class YieldsAndLoops:
    """Has given one CDEvent already: none is kept."""

    name = "yields and loops"

    def transform(self, event: CloudEvent) -> Iterator[CDEvent]:
        yield a_deployment(77)
        while True:
            pass


class LooksForAKey:
    name = "looks for a key"

    def state_key(self, event: CloudEvent) -> str | None:
        while True:
            pass

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        return [], None


class ThinksOfAState:
    name = "thinks of a state"

    def state_key(self, event: CloudEvent) -> str | None:
        return "key"

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        time.sleep(1e9)
        return [], {"never": "kept"}


class Stubborn:
    """Does what is forbidden, and tells by the file in MARK that it has begun; fails without."""

    name = "stubborn"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        mark = Path(os.environ["MARK"])
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        mark.touch()
        while True:
            pass


SLOW = (
    *(Loops, Sleeps, Backtracks, ComesAgain, NoticesOnce, WaitsForALock, WaitsForAnAnswer),
    *(WaitsForAProcess, YieldsAndLoops, LooksForAKey, ThinksOfAState),
)


class Deploys:
    """What comes after them must come."""

    name = "quick"

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        return [a_deployment(event.get_data()["number"])]  # type: ignore[index, call-overload]


def with_slow(settings: Settings) -> Plugins:
    plugins = Plugins(settings)
    own = Plugin("slow", "slow", "1.0")
    plugins.transformers |= {kind.name: (kind(), own) for kind in (*SLOW, Stubborn, Deploys)}  # type: ignore[abstract]
    return plugins


def main() -> None:
    worker.Plugins = with_slow  # type: ignore[assignment, misc]
    settings = Settings.load()
    assert settings.database_url
    working = worker.Worker(settings, settings.database_url)
    signal.signal(signal.SIGTERM, lambda *_: working.stop())
    working.run()


if __name__ == "__main__":
    main()
