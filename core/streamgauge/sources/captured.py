"""Deliveries kept in files: a body as it was sent, and its headers beside it.

``push.json`` is the body, to the byte; ``push.headers.json`` its headers, a JSON object of texts.
Without that, the Content-Type is application/json and there are no others. A folder holds a
sequence of them, in the order of their names.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from streamgauge import json_codec
from streamgauge.errors import InvalidInput
from streamgauge.webhooks import WebhookRequest

HEADERS = ".headers.json"
GOLDEN = ".cdevents.json"


@dataclass(frozen=True, slots=True)
class Case:
    """One delivery, or a sequence of them, and where what comes of it is kept."""

    name: str
    deliveries: tuple[WebhookRequest, ...]
    golden: Path


def read_delivery(file: Path, headers: Path | None = None) -> WebhookRequest:
    """The delivery in `file`; ``-`` is standard input. Raises InvalidInput for broken headers."""
    body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    return WebhookRequest(_headers(headers or _beside(file)), body, {})


def read_cases(folder: Path) -> list[Case]:
    """Every case in a folder: its files by themselves, and each folder in it as a sequence.

    Raises InvalidInput for two of one name, and for broken headers.
    """
    cases = [
        Case(file.stem, (read_delivery(file),), file.with_name(file.stem + GOLDEN))
        for file in _bodies(folder)
    ]
    for sequence in sorted(each for each in folder.iterdir() if each.is_dir()):
        deliveries = tuple(read_delivery(file) for file in _bodies(sequence))
        golden = folder / (sequence.name + GOLDEN)
        cases.append(Case(sequence.name, deliveries, golden))
    for name, times in Counter(case.name for case in cases).items():
        if times > 1:
            raise InvalidInput(f"two cases are called {name}", where=str(folder))
    return cases


def _bodies(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and not file.name.endswith((HEADERS, GOLDEN)) and file.name[0] != "."
    )


def _beside(file: Path) -> Path | None:
    beside = file.with_name(file.stem + HEADERS)
    return beside if beside.is_file() else None


def _headers(file: Path | None) -> dict[str, str]:
    if file is None:
        return {"content-type": "application/json"}
    try:
        found = json_codec.decode(file.read_bytes())
    except ValueError as error:
        raise InvalidInput(f"is not JSON: {error}", where=str(file)) from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise InvalidInput("must be a JSON object of texts", where=str(file))
    return {name.lower(): value for name, value in found.items()}
