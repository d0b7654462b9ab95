"""The folder beside the repository that holds official schemas, vectors and recorded payloads.

Tests that compare with it are skipped where it is not there; nothing else may depend on it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(
    os.environ.get("STREAMGAUGE_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared")
).resolve()

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"{SHARED} is not there; STREAMGAUGE_SHARED names another folder"
)
