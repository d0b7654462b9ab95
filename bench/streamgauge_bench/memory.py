"""How much memory a replay takes, measured from outside at a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from streamgauge.postgres.database import Database
from streamgauge_bench.measured import Measured, Note
from streamgauge_bench.processes import as_shipped
from streamgauge_bench.scale import Lab
from streamgauge_http.supervisor import end_with_parent

FLAT = 1.1
"""What the last third of a replay may take of what the first third took."""
_PAUSE = 0.02
_PROC = Path("/proc")


class _Run(NamedTuple):
    peak: float
    """Megabytes."""
    samples: list[float]
    seconds: float


def measure(lab: Lab, database: Database) -> tuple[Measured, float]:
    """Memory of ``replay delivery`` over this database's log, and its seconds; medians."""
    with lab.database() as empty:
        runs = [(_replay(database.url), _replay(empty.url)) for _ in range(lab.scale.runs)]
    idle = median(bound.peak for _, bound in runs)
    growth = median(_growth(run.samples, idle) for run, _ in runs)
    measured = Measured(
        "worker_rss_mb",
        median(run.peak for run, _ in runs),
        "MB",
        idle,
        "the same command on an empty database",
        [Note(f"the last third takes {growth:.2f} of what the first third does", growth > FLAT)],
    )
    return measured, median(run.seconds for run, _ in runs)


def _replay(url: str) -> _Run:
    """Raises RuntimeError where it fails."""
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "streamgauge", "replay", "delivery", "--workers", "1", "--json"],
        env=as_shipped(url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=end_with_parent,
    ) as process:
        samples, peak = [], 0.0
        while process.poll() is None:
            if sample := _resident(process.pid):
                samples.append(sample[0])
                peak = max(peak, sample[1])
            time.sleep(_PAUSE)
        seconds = time.perf_counter() - start
        out, said = process.communicate()
    if process.returncode or not json.loads(out)["builds"]:
        raise RuntimeError(f"the replay failed: {said.decode()}")
    return _Run(peak, samples, seconds)


def _resident(pid: int) -> tuple[float, float] | None:
    """Megabytes of the process, now and at most so far; None where it is just ending."""
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    found = dict(line.split(":", 1) for line in lines if line.startswith("Vm"))
    if "VmRSS" not in found:
        return None
    now, most = (int(found[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))
    return now, most


def _growth(samples: list[float], idle: float) -> float:
    """The last third's median divided by the first's, of the time after the start."""
    begun = next((n for n, sample in enumerate(samples) if sample >= idle), 0)
    third = max(1, (len(samples) - begun) // 3)
    working = samples[begun:]
    return median(working[-third:]) / median(working[:third])
