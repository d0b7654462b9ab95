"""The pages and their code blocks.

A block's language is the first word of its info string; an indented block, which has none, is for a
shell. A second word is the name of the file that the block is, or `output`. What a reader need not
see stands in comments right before the block, `<!-- key: value -->`:

| key | |
|---|---|
| `run` | a command that is run before the block |
| `let` | `NAME = COMMAND`: in the blocks that follow, NAME stands for what the command prints |
| `with` | `NAME=VALUE ...`: settings of a service of the block's own |
| `answer of` | `GET /path`, or `POST /path BODY`: the request whose answer the block shows |
| `checked by` | the test that runs the block, `tests/...::test_name` |
| `status` | what the requests are answered with, or the commands end with, where it is no success |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[3]
_COMMENT = re.compile(r"<!-- ([a-z ]+): (.+?) -->", re.DOTALL)
_KEYS = {"run", "let", "with", "answer of", "checked by", "status"}
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A code block of a page."""

    page: str
    line: int
    language: str
    name: str
    text: str
    directives: list[tuple[str, str]] = field(default_factory=list)

    @property
    def where(self) -> str:
        """What leads to it in an editor."""
        return f"{self.page}:{self.line}"

    def all_of(self, key: str) -> list[str]:
        """The values of a directive, in their order."""
        return [value for found, value in self.directives if found == key]

    def one_of(self, key: str) -> str:
        """The value of a directive, or nothing."""
        found = self.all_of(key)
        assert len(found) < 2, f"{self.where}: there are several of {key!r}"
        return found[0] if found else ""


def pages() -> list[str]:
    """Every page whose blocks are run, as paths from the root."""
    found = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md"), *ROOT.glob("examples/*/README.md")]
    found += [*ROOT.glob("k8s/*.md"), *ROOT.glob("changelog/*.md")]
    return sorted(str(page.relative_to(ROOT)) for page in found)


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page, in their order."""
    return list(read((ROOT / page).read_text(encoding="utf-8"), page))


def read(text: str, page: str) -> Iterator[Block]:
    """The blocks of a text."""
    directives: list[tuple[str, str]] = []
    for token in _MARKDOWN.parse(text):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "html_block":
            directives += _directives(token.content, f"{page}:{line}")
        elif token.type in ("fence", "code_block"):
            language, _, name = (token.info.strip() or _default(token.type)).partition(" ")
            yield Block(page, line, language, name.strip(), token.content, directives)
            directives = []
        elif token.type == "inline":
            assert not directives, f"{page}:{line}: a comment with a directive leads to no block"


def _default(kind: str) -> str:
    return "sh" if kind == "code_block" else ""


def _directives(text: str, where: str) -> list[tuple[str, str]]:
    found = _COMMENT.findall(text)
    for key, _ in found:
        assert key in _KEYS, f"{where}: there is no directive {key!r}"
    return [(key, " ".join(value.split())) for key, value in found]
