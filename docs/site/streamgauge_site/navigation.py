"""The navigation, made of the links of index pages."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_HEADING = re.compile(r"^#{2,} (.+)$")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s#]+\.md)(?:#[^)]*)?\)")

Group = tuple[str, list[str]]
"""A heading, and the pages below it, as paths from the root without their ending."""


@dataclass(frozen=True)
class Navigation:
    """Which pages stand under which."""

    groups: Mapping[str, list[Group]]

    @classmethod
    def of(cls, root: Path, index: str) -> Navigation:
        """What the index says, and of what it leads to the READMEs of folders.

        A page stands where it is named first; a README has only pages of its own folder.
        """
        found: dict[str, list[Group]] = {}
        # The index is a page too, and so is what it belongs to: neither stands under another.
        taken = {_name(index)}
        waiting = [index]
        while waiting:
            page = waiting.pop(0)
            own_folder = page != index
            groups = [
                (heading, _take(links, taken, page if own_folder else ""))
                for heading, links in _links(root, page)
            ]
            found[_name(page)] = [group for group in groups if group[1]]
            waiting += [
                f"{name}.md"
                for _, names in found[_name(page)]
                for name in names
                if name.endswith("/README")
            ]
        return cls(found)

    def directives(self, name: str, known: Container[str]) -> str:
        """What is added to the text of a page so that Sphinx knows what stands under it.

        What the site has no page of, such as a fragment of the changelog, is left out.
        """
        return "".join(
            "\n\n```{toctree}\n:hidden:\n"
            + (f":caption: {heading}\n" if heading else "")
            + "".join(f"\n/{page}" for page in pages if page in known)
            + "\n```\n"
            for heading, pages in self.groups.get(name, [])
        )


def _take(links: list[str], taken: set[str], page: str) -> list[str]:
    """Those of the links that stand nowhere yet."""
    folder = PurePosixPath(page).parent
    names = []
    for link in links:
        name = _name(link)
        if name not in taken and (not page or PurePosixPath(link).parent == folder):
            taken.add(name)
            names.append(name)
    return names


def _links(root: Path, page: str) -> Iterator[tuple[str, list[str]]]:
    """The links to pages under each heading, as paths from the root."""
    heading, links = "", list[str]()
    for line in (root / page).read_text(encoding="utf-8").splitlines():
        if found := _HEADING.match(line):
            yield heading, links
            heading, links = found[1], []
        for target in _LINK.findall(line):
            if "://" not in target:
                links.append(os.path.normpath(PurePosixPath(page).parent / target))
    yield heading, links


def _name(page: str) -> str:
    return page.removesuffix(".md")
