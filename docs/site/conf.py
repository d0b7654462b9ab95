"""Sphinx's configuration: `make docs` reads it. Decision 0028 says why it is so."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "Streamgauge"
root_doc = "docs/README"
extensions = ["myst_parser", "streamgauge_site"]
source_suffix = {".md": "markdown"}
include_patterns = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/**.md",
    "k8s/README.md",
    "examples/*/README.md",
    # Not its fragments: they are put into the first.
    "changelog/README.md",
    "changelog/[0-9]*.[0-9]*.md",
]
# What the patterns above leave out anyway; named so that it is not walked through.
exclude_patterns = [".*", "build", "core", "plugins", "projections", "http", "tests"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = "Streamgauge"
html_copy_source = False
html_use_index = False
# A browser fetches no page for a summary where the site is opened as files.
html_show_search_summary = False
html_show_copyright = False
templates_path = ["templates"]
# The root of the site is docs/README.html, since links are those of the repository.
html_additional_pages = {"index": "to_the_docs.html"}
