"""The operator's own declarative transformers. They come in by the plugins' door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streamgauge.declarative.document import Document, files_in, read_file
from streamgauge.errors import InvalidTransformer
from streamgauge.hookspecs import Transformer, hookimpl
from streamgauge.settings import Settings


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
