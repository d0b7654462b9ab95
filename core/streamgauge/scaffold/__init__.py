"""``streamgauge new``: a package that installs, tests and publishes as it stands.

The files are those of the folder ``plugin`` beside this module. In their texts and in their names
stand ``@name@`` for the author's name (``my-tool``), ``@module@`` (``streamgauge_my_tool``),
``@Class@`` (``MyTool``) and ``@NAME@`` (``MY_TOOL``).
"""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from streamgauge import __version__
from streamgauge.errors import StreamgaugeError
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import NATIVE
from streamgauge.settings import Settings

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LONGEST: Final = 24
"""Characters of a name: with more, the lines that it stands in would be too long."""
_SUFFIX: Final = ".in"
"""What the files end with here, so that no tool takes them for our own."""


class CannotWrite(StreamgaugeError):
    """A package cannot be written there."""


class NameRefused(CannotWrite):
    """A package cannot have that name."""


def write_plugin(name: str, into: Path) -> list[Path]:
    """Write the package ``streamgauge-<name>`` into a new folder of that name below `into`.

    Gives the files. Raises NameRefused for a name that is none or taken, and CannotWrite for a
    folder that is there.
    """
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        raise NameRefused(
            f"{name!r} is no name for a plugin: lower-case letters, digits and dashes, "
            f"{LONGEST} of them at most, a letter first"
        )
    if owner := _owner(name):
        other = f"my-{name}"[:LONGEST].rstrip("-")
        raise NameRefused(
            f"{name!r} is taken by {owner}, and one would get in the way of the other when both "
            f"are installed: choose another name, such as {other}"
        )
    folder = into / f"streamgauge-{name}"
    if folder.exists():
        raise CannotWrite(f"{folder} is there already; choose another name or --into")
    words = _words(name)
    written = []
    for path, text in _templates(files(__package__) / "plugin", Path()):
        file = folder / _filled(str(path), words).removesuffix(_SUFFIX)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_filled(text, words), encoding="utf-8")
        written.append(file)
    return written


def _owner(name: str) -> str | None:
    """What has the name already, of what is installed here."""
    module = _module(name)
    if name == NATIVE:
        return "the CloudEvents that come in by themselves"
    if find_spec(module):
        return f"the package {module}"
    plugins = Plugins(Settings.load({}))
    for plugin in plugins.plugins:
        if plugin.name == name:
            return f"the plugin {name} of {plugin.distribution}"
        for hook in ("receivers", "transformers"):
            if name in plugin.brings.get(hook, ()):
                return f"a {hook[:-1]} of the plugin {plugin.name}"
    return None


def _module(name: str) -> str:
    return f"streamgauge_{name.replace('-', '_')}"


def _words(name: str) -> dict[str, str]:
    major, minor, *_ = __version__.split(".")
    return {
        "@name@": name,
        "@module@": _module(name),
        "@Class@": "".join(part.capitalize() for part in name.split("-")),
        "@NAME@": name.replace("-", "_").upper(),
        "@since@": f"{major}.{minor}",
        "@before@": f"{major}.{int(minor) + 1}",
    }


def _filled(text: str, words: dict[str, str]) -> str:
    for word, meant in words.items():
        text = text.replace(word, meant)
    return text


def _templates(folder: Traversable, where: Path) -> list[tuple[Path, str]]:
    found = []
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            found += _templates(each, where / each.name)
        elif each.name.endswith(_SUFFIX):
            found.append((where / each.name, each.read_text(encoding="utf-8")))
    return found
