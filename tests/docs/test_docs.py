"""The documentation is true: its links lead somewhere, its lists are complete."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cli.main import _with_commands
from streamgauge.paths import RESERVED
from streamgauge_http import problems
from streamgauge_http.app import create_app
from streamgauge_http.server import problems as server_problems

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "k8s").rglob("*.md"),
     *(ROOT / "changelog").glob("*.md")]
)  # fmt: skip
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        assert other.exists(), f"{page.relative_to(ROOT)} links to {target}"
        if anchor:
            assert anchor in anchors(other), f"{page.relative_to(ROOT)} links to {target}"


def test_every_page_is_reached_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "docs/README.md", ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        for target in LINK.findall(page.read_text()):
            if not target.startswith("http"):
                waiting.append((page.parent / target.partition("#")[0]).resolve())
    assert {
        str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md") if p not in seen
    } == set()


def test_every_problem_is_documented() -> None:
    page = (ROOT / "docs/reference/problems.md").read_text()
    documented = dict(re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", page, re.MULTILINE))
    served = {slug: str(status) for slug, status, _ in problems.KINDS.values()}
    served |= {
        p.slug: str(p.status)
        for p in vars(server_problems).values()
        if isinstance(p, server_problems.Problem)
    }
    served |= {"conflict": "409", "method-not-allowed": "405", "internal-error": "500"}
    assert documented == served


def test_every_path_is_documented() -> None:
    page = (ROOT / "docs/reference/http.md").read_text()
    from streamgauge.settings import Settings
    from streamgauge_http.runtime import Runtime

    app = create_app(Runtime(Settings.load({}), "postgresql:///never"))
    paths = {str(node.uri_template) for node in _routes(app) if node.uri_template}
    # Where a plugin's paths are is on the plugin's own page.
    paths = {path for path in paths if path.split("/")[1] in RESERVED or path == "/"}
    assert len(paths) >= 11
    for path in paths:
        shown = re.sub(r"\{(\w+)(?::path)?\}", r"<\1>", str(path)).replace("<interval>", "<bucket>")
        assert f"{shown}`" in page, path


def _routes(app: Any) -> list[Any]:
    found: list[Any] = []

    def walk(nodes: list[Any]) -> None:
        for node in nodes:
            found.append(node)
            walk(node.children)

    walk(app._router._roots)
    return found


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs/reference/command-line.md").read_text()
    for name in _with_commands().commands:
        assert f"`{name}" in page, name


def test_decision_records_are_numbered_and_listed() -> None:
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text()
    records = sorted(p.name for p in folder.glob("0*.md"))
    assert [name[:4] for name in records] == [f"{n:04d}" for n in range(1, len(records) + 1)]
    for name in records:
        text = (folder / name).read_text()
        title = text.splitlines()[0]
        assert title.startswith(f"# {name[:4]}: ")
        assert f"[{name[:4]}]({name}) | {title[8:]} |" in index
        assert "**Status:**" in text


def test_nothing_names_a_registry_host_or_a_place_of_ours() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pattern = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|/work/|/root/\.")
    guilty = [
        name
        for name in listed
        if name != "tests/docs/test_docs.py"
        and (ROOT / name).exists()
        and pattern.search((ROOT / name).read_text(errors="replace"))
    ]
    assert guilty == []
