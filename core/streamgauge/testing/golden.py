"""Golden files: what came of an input once, kept, and compared with what comes of it now.

`pytest --golden=check` (the default) fails where they differ, `--golden=review` shows every
difference and fails, and `--golden=update` writes the files anew: their diff is the review.
"""

from __future__ import annotations

import difflib
import json
from enum import StrEnum
from pathlib import Path
from typing import Any


class Mode(StrEnum):
    """What is done where a golden file and what came now differ."""

    CHECK = "check"
    REVIEW = "review"
    UPDATE = "update"


class Differs(AssertionError):
    """What came is not what the golden file holds."""


def compare(file: Path, made: Any, mode: Mode = Mode.CHECK) -> None:
    """Compare JSON-like `made`, or text where the file is not .json, with it. Raises Differs.

    In the mode update the file is written instead.
    """
    written = made if isinstance(made, str) and file.suffix != ".json" else _written(made)
    kept = file.read_text(encoding="utf-8") if file.exists() else None
    if kept == written:
        return
    if mode is Mode.UPDATE:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(written, encoding="utf-8")
        return
    if kept is None:
        raise Differs(f"there is no {file}; pytest --golden=update writes it:\n{written}")
    diff = list(difflib.unified_diff(kept.splitlines(), written.splitlines(), "kept", "now", n=2))
    few = diff if mode is Mode.REVIEW else diff[:40]
    more = "" if len(few) == len(diff) else f"\n... {len(diff) - len(few)} lines more"
    raise Differs(
        f"{file} differs from what comes now (pytest --golden=review shows all of it, "
        "--golden=update takes it):\n" + "\n".join(few) + more
    )


def _written(made: Any) -> str:
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
