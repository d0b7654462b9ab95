"""``fuzz``: mutated requests through the whole application; it must refuse or record each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from streamgauge.cli.console import (
    err,
    json_option,
    print_json,
    print_table,
    progress_bar,
    say,
)
from streamgauge.settings import Settings

if TYPE_CHECKING:
    from streamgauge_bench.fuzz.tally import Tally
    from streamgauge_bench.fuzz.wire import Answer, Request

_EVERY = 100


@click.command()
@click.option("--requests", default=1_000_000, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=1, show_default=True, help="Other requests for another number.")
@click.option("--only", type=click.IntRange(0), help="Repeat the request with this number alone.")
@json_option
def fuzz(requests: int, seed: int, only: int | None, as_json: bool) -> None:
    """Send mutated requests to the application, in a database of its own that is dropped after.

    It fails where an answer is a 5xx, shows an exception or is no proper problem, and where
    something is stored that is no valid event. Half of the requests meet the mode compat, the
    others strict, with tokens, origins and rates.
    """
    from streamgauge_bench.fuzz import run  # what serves HTTP; no other command needs it

    settings = Settings.load()
    if only is not None:
        tally = run.fuzz(settings, seed, [only], watch=_show)
    else:
        tally = _with_progress(settings, seed, requests)
    if as_json:
        print_json({"seed": seed, **tally.as_json()})
    else:
        _print(tally)
    for failure in tally.failures:
        again = "" if failure.number is None else f" (--seed {seed} --only {failure.number})"
        say(f"failed{again}: {failure.reason}")
    if tally.failed:
        say(f"{tally.failed:,} failures; seed {seed}")
        sys.exit(1)


def _with_progress(settings: Settings, seed: int, requests: int) -> Tally:
    from streamgauge_bench.fuzz import run

    with progress_bar() as bar:
        task = bar.add_task("sending", total=requests)
        sent = 0

        def advance(request: Request, answer: Answer) -> None:
            nonlocal sent
            sent += 1
            if sent % _EVERY == 0:
                bar.update(task, completed=sent)

        tally = run.fuzz(settings, seed, range(requests), watch=advance)
        bar.update(task, completed=sent)
    return tally


def _show(request: Request, answer: Answer) -> None:
    say(f"{request.method} {request.path!r} {request.query!r} ({request.kind})")
    for name, value in request.headers:
        say(f"  {name!r}: {value[:200]!r}")
    for chunk in request.chunks:
        say(f"  {chunk[:4000]!r}" + ("" if len(chunk) <= 4000 else f" ({len(chunk):,} bytes)"))
    if not request.whole:
        say("  and then the client is gone")
    say(f"-> {answer.status} {answer.headers} {answer.body[:2000]!r}")


def _print(tally: Tally) -> None:
    rows = [("requests", "all", tally.total)]
    rows += [("requests", kind, n) for kind, n in sorted(tally.requests.items())]
    rows += [("answers", str(status), n) for status, n in sorted(tally.statuses.items())]
    rows += [("problems", slug, n) for slug, n in sorted(tally.problems.items())]
    rows += [("stored", kind, n) for kind, n in sorted(tally.stored.items())]
    rows += [("routed", "CDEvents", tally.derived), ("routed", "dead letters", tally.dead_letters)]
    print_table(("what", "kind", "number"), [(a, b, f"{n:,}") for a, b, n in rows], empty="")
    rate = tally.total / (tally.seconds or 1)
    err.print(f"{tally.total:,} requests in {tally.seconds:,.0f} s, {rate:,.0f}/s")
