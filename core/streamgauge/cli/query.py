"""``query``: asks a running service what its metrics are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import click

from streamgauge import json_codec
from streamgauge.cli.answers import as_csv, show
from streamgauge.cli.console import json_option, say
from streamgauge.cli.questions import asked, question_options
from streamgauge.client import Client, ProblemAnswer, Question
from streamgauge.client.questions import segment
from streamgauge.settings import Settings

T = TypeVar("T")
Ask = Callable[[str, Question], T]


@click.command()
@click.argument("metrics", nargs=-1, metavar="[METRIC]...")
@question_options(
    several=("group_by", "percentile", "definition"),
    help_texts={
        "definition": "By this definition; may be given several times, to compare them.",
    },
)
@click.option("--url", metavar="URL", help="The service, STREAMGAUGE_URL by default.")
@click.option("--csv", "csv_too", is_flag=True, help="Print CSV, a row for each bucket.")
@json_option
def query(
    metrics: tuple[str, ...], url: str | None, csv_too: bool, as_json: bool, **options: Any
) -> None:
    """Ask a running service for METRIC over a range; for all of its metrics without one.

    The token to show is STREAMGAUGE_TOKEN. With --json, each answer of the service, as it is, is a
    line.
    """
    if csv_too and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    settings = Settings.load()
    given = asked(options)
    dimensions = [name for text in given.get("group_by", ()) for name in text.split(",")]
    try:
        with Client(url or settings.url, settings.token) as client:
            if as_json or csv_too:
                documents = _ask(client, metrics, given, _raw(client))
                if as_json:
                    _print_answers(documents)
                else:
                    click.echo(as_csv([json_codec.decode(each) for each in documents]), nl=False)
                return
            answers = _ask(client, metrics, given, lambda name, q: client.metric(name, **q))
    except ProblemAnswer as problem:
        if problem.status == 401:
            say("the token that is shown is that of STREAMGAUGE_TOKEN")
        raise
    if answers:
        show(answers, dimensions)
    else:
        say("the service has no metrics; its plugins bring them: streamgauge plugins")


def _raw(client: Client) -> Ask[bytes]:
    return lambda name, question: client.raw(f"/v1/metrics/{segment(name)}", **question)


def _print_answers(answers: Sequence[bytes]) -> None:
    for answer in answers:
        click.echo(answer)


def _ask(
    client: Client, metrics: Sequence[str], given: Mapping[str, list[str]], ask: Ask[T]
) -> list[T]:
    """The answers of the metrics by each of the definitions.

    Where none are named it is all that there are, and not all of them need be able to answer.
    """
    names = metrics or [each.name for each in client.metrics()]
    found: list[T] = []
    refused: list[tuple[str, ProblemAnswer]] = []
    for name in names:
        for definition in given.get("definition", [None]):
            question = cast("Question", {**given, "definition": definition})
            try:
                found.append(ask(name, question))
            except ProblemAnswer as problem:
                if metrics or problem.type != "/problems/invalid-query":
                    raise
                refused.append((name, problem))
    if refused and not found:
        raise refused[0][1]
    for name, reason in refused:
        say(f"{name} cannot say: {reason}")
    return found
