"""``transformers test``: the tests that stand in declarative transformers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from streamgauge.cli.console import json_option, out, print_json, say
from streamgauge.declarative import files_in, read_file, try_out
from streamgauge.declarative.plugin import check_name
from streamgauge.errors import InvalidTransformer
from streamgauge.plugins import Plugins
from streamgauge.settings import Settings


@click.group()
def transformers() -> None:
    """Declarative transformers: YAML files that map events to CDEvents."""


@transformers.command("test")
@json_option
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Read the files, or the YAML files of folders, and run the tests that stand in them.

    The exit code is 1 if a test fails, 2 if a file cannot be read.
    """
    known = Plugins(Settings.load()).transformers
    results = []
    for path in paths:
        for file in files_in(path):
            document = read_file(file)
            check_name(document, known)
            failed = try_out(document)
            results.append((document, failed))
    if not results:
        raise InvalidTransformer("holds no YAML files", where=", ".join(map(str, paths)))
    if as_json:
        print_json(
            {
                "items": [
                    {
                        "file": document.file,
                        "name": document.transformer.name,
                        "version": document.transformer.version,
                        "tests": len(document.tests),
                        "failed": [{"name": f.name, "reason": f.reason} for f in failed],
                    }
                    for document, failed in results
                ]
            }
        )
    else:
        for document, failed in results:
            passed = len(document.tests) - len(failed)
            out.print(
                f"{document.file}: {passed} of {len(document.tests)} tests pass", markup=False
            )
            for one in failed:
                say(f"  {one.name}: {one.reason}")
    if any(failed for _, failed in results):
        sys.exit(1)
