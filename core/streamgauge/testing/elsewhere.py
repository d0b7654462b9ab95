"""A source's cases once more, in a process where it is another day, in another zone, on a machine
that is not the author's, and where nothing outside can be reached.

It is run as a file: whatever reads the clock must be imported after the clock was moved.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest import mock

# Another year, month, day, weekday, hour and minute.
SHIFT: Final = datetime.timedelta(days=1234, hours=7, minutes=31)
ZONE: Final = "ELSE-13:45"
OUTSIDE: Final = (
    "socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system",
)  # fmt: skip
"""What the audit events of the network and of other programs begin with."""
WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def look(**suite: Any) -> Any:
    """What `made` comes of each case, and what was `tried` that is outside.

    `suite` are the class variables of a SourceConformance. Raises AssertionError where it fails.
    """
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    kept = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    paths = os.pathsep.join(path or "." for path in sys.path)
    environ = {**kept, "PYTHONPATH": paths, "PYTHONHASHSEED": seed, "TZ": ZONE}
    done = subprocess.run(
        [sys.executable, "-P", __file__],
        input=json.dumps(suite, default=str),
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"it fails on another day and machine:\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])


_NEEDED: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


def main() -> None:
    """Answer `look`."""
    move_the_clock()
    from streamgauge.testing.suite import SourceSuite

    asked = json.load(sys.stdin)
    asked["cases"] = Path(asked["cases"])
    suite: Any = type("Elsewhere", (SourceSuite,), asked)
    make, cases = suite.offline_maker(), suite.all_cases()
    with nothing_outside() as tried, mock.patch.object(os, "environ", Anything()):
        made = suite.documents(make, cases)
    sys.stdout.write("\n" + json.dumps({"made": made, "tried": tried}))


class Anything(dict[str, str]):
    """An environment in which every variable is set."""

    def __missing__(self, name: str) -> str:
        return f"elsewhere-{name}"

    def __contains__(self, name: object) -> bool:
        return True

    def get(self, name: str, default: Any = None) -> Any:
        """It is never the default."""
        return self[name]


@contextmanager
def nothing_outside() -> Iterator[list[str]]:
    """Refuse connections, programs and writing, and note what was asked for: whoever asks may
    bear with the error."""
    tried: list[str] = []
    watching = True

    def refuse(event: str, args: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(args[2], int) and args[2] & WRITING
        if watching and (writes or event.startswith(OUTSIDE)):
            tried.append(f"{event} {args[0] if writes else ''}".strip())
            raise PermissionError(f"a source asks for nothing outside it: {event}")

    # What is imported only now would be compiled into a file.
    sys.dont_write_bytecode = True
    sys.addaudithook(refuse)  # for ever, which is the end of this process
    yield tried
    watching = False


def move_the_clock() -> None:
    """Let every way to ask for the time give another one."""
    vars(datetime).update(_calendar())
    vars(time).update(_times(SHIFT.total_seconds()))


def _calendar() -> Mapping[str, type]:
    real, real_date = datetime.datetime, datetime.date

    class Lenient(type):
        """What C makes is no instance of a subclass made here, and must be taken for one."""

        def __instancecheck__(cls, thing: object) -> bool:
            return isinstance(thing, cls.__mro__[1])

    class Moved(real, metaclass=Lenient):  # type: ignore[misc,valid-type]
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return real.now(tz) + SHIFT

        @classmethod
        def utcnow(cls) -> Any:
            return real.now(datetime.UTC).replace(tzinfo=None) + SHIFT

        today = now

    class MovedDate(real_date, metaclass=Lenient):  # type: ignore[misc,valid-type]
        @classmethod
        def today(cls) -> Any:
            return (real.now() + SHIFT).date()

    return {"datetime": Moved, "date": MovedDate}


def _times(seconds: float) -> Mapping[str, Any]:
    now, now_ns, strftime = time.time, time.time_ns, time.strftime
    local, utc = time.localtime, time.gmtime

    def moved() -> float:
        return now() + seconds

    return {
        "time": moved,
        "time_ns": lambda: now_ns() + int(seconds * 1e9),
        "localtime": lambda at=None: local(moved() if at is None else at),
        "gmtime": lambda at=None: utc(moved() if at is None else at),
        "ctime": lambda at=None: time.asctime(local(moved() if at is None else at)),
        "strftime": lambda form, at=None: strftime(form, local(moved()) if at is None else at),
    }


if __name__ == "__main__":
    main()
