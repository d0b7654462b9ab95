"""The changes that are not released, put together of their fragments.

The site does so whenever it is made; a release does it once, by `make changelog VERSION=0.2.0`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_LINK = re.compile(r"\[([^\]]+)\]\((\d+\.(?:added|changed|fixed|removed)\.md)\)")


def gathered(folder: Path) -> str:
    """The folder's index, with what the fragments say in place of the links to them."""
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    return "\n".join(_sections(folder, line) or line for line in lines) + "\n"


def release(folder: Path, version: str) -> Path:
    """Write the page of a version, delete the fragments, and link the page in their place."""
    index = folder / "README.md"
    before = index.read_text(encoding="utf-8")
    lines = before.splitlines()
    sections = [found for line in lines if (found := _sections(folder, line))]
    if not sections:
        raise SystemExit(f"{index} lists no fragment: there is nothing to release")
    page = folder / f"{version}.md"
    page.write_text(f"# {version}\n\n" + "\n".join(sections) + "\n", encoding="utf-8")
    for _, name in _LINK.findall(before):
        (folder / name).unlink()
    kept = [line for line in lines if not _LINK.search(line)]
    index.write_text("\n".join([*kept, f"- [{version}]({page.name})", ""]), encoding="utf-8")
    return page


def _sections(folder: Path, line: str) -> str:
    """What the fragments say that a line links to, under the words of its links."""
    links = _LINK.findall(line)
    return "\n".join(
        # The first names what was done, the others what came along with it.
        f"{'###' if number else '##'} {text[0].upper()}{text[1:]}\n\n" + _fragment(folder / name)
        for number, (text, name) in enumerate(links)
    )


def _fragment(path: Path) -> str:
    """What a fragment says, without a title of its own."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("# ")).lstrip("\n")


if __name__ == "__main__":
    print(release(Path("changelog"), sys.argv[1]))  # noqa: T201 - it is a command
