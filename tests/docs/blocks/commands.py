"""The commands of a block for a shell, and what it shows that they print."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command, with the output that the page shows; without one it must end with 0."""

    text: str
    shown: str = ""


def commands(text: str) -> list[Command]:
    """The commands of a block. Where some line begins with a prompt, the other lines are output."""
    lines = text.splitlines()
    prompted = any(line.startswith("$ ") for line in lines)
    found: list[Command] = []
    while lines:
        line = lines.pop(0)
        if prompted and not line.startswith("$ "):
            if found:
                found[-1] = Command(found[-1].text, f"{found[-1].shown}{line}\n")
            continue
        command = line.removeprefix("$ ") if prompted else line
        if not command.strip() or command.lstrip().startswith("#"):
            continue
        while not _is_whole(command) and lines:
            command += "\n" + lines.pop(0)
        found.append(Command(command))
    return [Command(each.text, each.shown.strip()) for each in found]


def _is_whole(command: str) -> bool:
    if command.endswith("\\"):
        return False
    done = subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False)
    return done.returncode == 0
