"""The operator's own declarative transformers. They come in by the plugins' door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from streamgauge.declarative.document import Document, files_in, read_file
from streamgauge.errors import InvalidTransformer
from streamgauge.hookspecs import Transformer, hookimpl
from streamgauge.settings import Settings

if TYPE_CHECKING:
    from streamgauge.plugins import Plugin

NAME: Final = "declarative"
"""Of the plugin. It is asked last, so that no file takes a name from anybody."""


def documents(settings: Settings) -> list[Document]:
    """The documents in the setting `transformers`. Raises InvalidTransformer."""
    if settings.transformers is None:
        return []
    found: dict[str, Document] = {}
    for file in files_in(settings.transformers):
        document = read_file(file)
        if (other := found.get(document.transformer.name)) is not None:
            raise InvalidTransformer(
                f"{document.transformer.name!r} is the name of {other.file} too",
                where=f"{file}: name",
            )
        found[document.transformer.name] = document
    return list(found.values())


def check(known: Mapping[str, tuple[object, Plugin]], settings: Settings) -> None:
    """Raises InvalidTransformer where a file cannot be read, or has the name of a transformer that
    a plugin brings: as a plugin this one is only left out where it is wrong."""
    for document in documents(settings):
        check_name(document, known)


def check_name(document: Document, known: Mapping[str, tuple[object, Plugin]]) -> None:
    """Raises InvalidTransformer if a plugin's transformer has the name."""
    name = document.transformer.name
    if name in known and (owner := known[name][1]).name != NAME:
        raise InvalidTransformer(
            f"{name!r} is a transformer of the plugin {owner.name} already",
            where=f"{document.file}: name",
        )


@hookimpl
def transformers(settings: Settings) -> Sequence[Transformer]:
    """One for each file."""
    return [document.transformer for document in documents(settings)]


@hookimpl
def routes(settings: Settings) -> Mapping[str, Sequence[str]]:
    """The types that the files name."""
    table: dict[str, list[str]] = {}
    for document in documents(settings):
        for kind in document.types:
            table.setdefault(kind, []).append(document.transformer.name)
    return table
