"""The site is built of the pages without a warning, asks nobody for anything, and says when a page
is wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs/site"
sys.path.insert(0, str(SITE))  # as Sphinx's configuration does

from streamgauge_site.changelog import gathered, release  # noqa: E402
from streamgauge_site.navigation import Navigation  # noqa: E402


def build(source: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """What `make docs` does."""
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-c", str(SITE),
         "-d", str(into / "read"), str(source), str(into / "site")],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stderr
    return folder / "site"


class Fetched(HTMLParser):
    """What a browser fetches by itself for a page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("script", "img", "iframe", "source", "video", "audio"):
            self.found.append(values.get("src") or "")
        if tag == "link" and "stylesheet" in (values.get("rel") or ""):
            self.found.append(values.get("href") or "")


def test_it_works_without_the_internet(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 90
    fetched = {each for page in pages for each in Fetched(page).found}
    assert fetched
    assert [each for each in fetched if re.match(r"(?:https?:)?//", each)] == []
    styles = "".join(style.read_text(encoding="utf-8") for style in site.rglob("*.css"))
    assert re.findall(r"@import[^;]+|url\(\W*(?:https?:)?//[^)]+\)", styles) == []


def test_its_search_knows_the_pages(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        assert f'"{page.relative_to(ROOT).with_suffix("")}"' in index


def test_its_front_page_leads_to_the_docs(site: Path) -> None:
    assert "url=docs/README.html" in (site / "index.html").read_text(encoding="utf-8")
    assert (site / "docs/README.html").is_file()


def test_the_page_of_changes_has_what_the_fragments_say(site: Path) -> None:
    page = (site / "changelog/README.html").read_text(encoding="utf-8")
    assert "/webhooks/generic</span>" in page
    text = gathered(ROOT / "changelog")
    for fragment in (ROOT / "changelog").glob("[0-9]*.md"):
        said = fragment.read_text(encoding="utf-8").splitlines()
        assert "\n".join(line for line in said if not line.startswith("# ")).strip() in text
    assert text.count("\n# ") == 0


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("docs/README.md", "# A\n\n[there](nowhere.md)\n", "nowhere"),
        ("docs/README.md", "# A\n\n[there](#nowhere)\n", "nowhere"),
        ("docs/alone.md", "# Alone\n", "toctree"),
        ("docs/README.md", "# A\n\n```json\n{no\n```\n", "Lexing"),
    ],
)
def test_what_is_wrong_fails_the_build(tmp_path: Path, name: str, text: str, said: str) -> None:
    for page, heading in (("docs/README.md", "# A\n"), ("changelog/README.md", "# Changelog\n")):
        (tmp_path / page).parent.mkdir(exist_ok=True)
        (tmp_path / page).write_text(heading + "\n[all](../changelog/README.md)\n")
    (tmp_path / name).write_text(text + "\n[all](../changelog/README.md)\n")
    done = build(tmp_path, tmp_path / "build")
    assert done.returncode == 1
    assert said in done.stderr


def test_a_page_stands_where_it_is_named_first(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    for name, text in {
        "README.md": "# A\n## One\n[a](a.md) [m](more/README.md)\n## Two\n[a](a.md) [b](b.md#x)",
        "more/README.md": "# More\n[c](c.md) [b](../b.md) [site](https://a.example/d.md)",
    }.items():
        (tmp_path / name).write_text(text)
    found = Navigation.of(tmp_path, "README.md").groups
    assert found == {
        "README": [("One", ["a", "more/README"]), ("Two", ["b"])],
        "more/README": [("", ["more/c"])],
    }


def test_a_release_puts_the_fragments_together(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "changelog", tmp_path / "changelog"))
    before = gathered(folder)
    page = release(folder, "0.2.0")
    assert page.read_text().startswith("# 0.2.0\n")
    assert [each.name for each in sorted(folder.iterdir())] == ["0.2.0.md", "README.md"]
    sections = before.split("\n## ")[1:]
    assert all(part.strip() in page.read_text() for part in sections)
    index = (folder / "README.md").read_text()
    assert index.endswith("\n- [0.2.0](0.2.0.md)\n")
    assert ".added.md" not in index
    with pytest.raises(SystemExit, match="no fragment"):
        release(folder, "0.2.1")
