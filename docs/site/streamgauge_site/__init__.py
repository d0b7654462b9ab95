"""What Sphinx is told beside the pages: the navigation, and the page of changes."""

from __future__ import annotations

from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from streamgauge_site.changelog import gathered
from streamgauge_site.navigation import Navigation


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry point of an extension."""
    root = Path(app.srcdir)
    navigation = Navigation.of(root, f"{app.config.root_doc}.md")

    def read(app: Sphinx, name: str, source: list[str]) -> None:
        if name == "changelog/README":
            source[0] = gathered(root / "changelog")
        source[0] += navigation.directives(name, app.env.found_docs)

    app.connect("source-read", read)
    # Pygments wants one whole request; the pages show the first line of one, or of several.
    app.add_lexer("http", TextLexer)
    return {"parallel_read_safe": True}
