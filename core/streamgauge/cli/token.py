"""``token``: who may deliver, ask and administer over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.access import ROLES, Grant, Role, Token, mint, store
from streamgauge.cli.console import json_option, out, print_json, print_table, say
from streamgauge.postgres.migrate import migrate, require_current
from streamgauge.postgres.reach import reach
from streamgauge.settings import Settings
from streamgauge.timestamps import format_rfc3339


@click.group()
def token() -> None:
    """Make, list and revoke the tokens that callers show over HTTP."""


@token.command()
@click.argument("name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(ROLES),
    help="What it is for: to deliver events, to ask, or to administer, which is to ask too; may be "
    "given several times.",
)
@click.option("--tenant", help="The only tenant it delivers to and reads.  [default: any]")
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="A source whose events it may deliver, with * for anything; may be given several times."
    "  [default: any]",
)
@click.option("--rate", type=click.IntRange(1), help="Requests per minute.  [default: no limit]")
@click.option("--max-event-bytes", type=click.IntRange(1), help="The largest event it may deliver.")
@click.option("--days", type=click.IntRange(1, 36_500), help="When it ends.  [default: never]")
@json_option
def create(
    name: str,
    roles: tuple[Role, ...],
    tenant: str | None,
    sources: tuple[str, ...],
    rate: int | None,
    max_event_bytes: int | None,
    days: int | None,
    as_json: bool,
) -> None:
    """Make a token called NAME and print it, this once.

    Its digest alone is stored. A running service knows it within five seconds.
    """
    for text in (name, tenant, *sources):
        if text is not None and (not text or not text.isprintable()):
            raise click.BadParameter("names, tenants and sources are printable and not empty")
    grant = Grant(name, frozenset(roles), tenant, sources, rate, max_event_bytes)
    ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
    text, made = mint(grant, expires_at=ends)
    with reach(Settings.load(), role="token", say=say) as database:
        migrate(database, say=say)
        with database.transaction() as cursor:
            store.add(cursor, made)
    if as_json:
        print_json({"token": text, **_as_json(made)})
        return
    say(f"{made.token_id}, for {', '.join(sorted(roles))}; this is shown only once:")
    out.print(text, markup=False, soft_wrap=True)


@token.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the tokens, the newest first. None of them can be shown again."""
    with _cursor() as cursor:
        found = store.stored(cursor)
    if as_json:
        print_json({"items": [_as_json(each) for each in found]})
        return
    print_table(
        ("id", "name", "roles", "tenant", "sources", "state"),
        [
            (
                each.token_id,
                each.grant.name,
                ", ".join(sorted(each.grant.roles)),
                each.grant.tenant or "any",
                ", ".join(each.grant.sources) or "any",
                _state(each),
            )
            for each in found
        ],
        empty="there are no tokens; make one: streamgauge token create NAME --role read",
    )


@token.command()
@click.argument("token")
def revoke(token: str) -> None:
    """End a token, by its id or its name. It is refused after five seconds at the latest."""
    with _cursor() as cursor:
        ended = store.revoke(cursor, token)
    out.print(f"{ended.token_id} ({ended.grant.name}) is revoked", markup=False, soft_wrap=True)


@contextmanager
def _cursor() -> Iterator[Cursor[TupleRow]]:
    with (
        reach(Settings.load(), role="token", say=say) as database,
        database.transaction() as cursor,
    ):
        require_current(cursor)
        yield cursor


def _state(token: Token) -> str:
    if token.revoked_at is not None:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    if token.holds(datetime.now(UTC)):
        return "holds" if token.expires_at is None else f"until {token.expires_at:%Y-%m-%d}"
    return f"ended {token.expires_at:%Y-%m-%d}"


def _as_json(token: Token) -> dict[str, Any]:
    grant = token.grant
    times = {"created_at": token.created_at, "expires_at": token.expires_at,
             "revoked_at": token.revoked_at}  # fmt: skip
    return {
        "id": token.token_id,
        "name": grant.name,
        "roles": sorted(grant.roles),
        "tenant": grant.tenant,
        "sources": list(grant.sources),
        "rate": grant.rate,
        "max_event_bytes": grant.max_event_bytes,
        **{name: None if at is None else format_rfc3339(at) for name, at in times.items()},
    }
