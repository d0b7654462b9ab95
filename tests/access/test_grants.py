"""What a grant covers, and what a stored token knows of the one that is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.access import ROLES, Grant, mint, store
from streamgauge.access.tokens import id_of
from streamgauge.postgres.database import Database

NOW = datetime(2026, 3, 1, tzinfo=UTC)
roles = st.frozensets(st.sampled_from(ROLES), min_size=1)
plain = st.text(st.characters(blacklist_characters="[]?*", blacklist_categories=["Cs"]), max_size=6)
pattern = st.lists(plain, min_size=1, max_size=4).map("*".join)
stored_text = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=20
)


@given(roles)
def test_admin_asks_too_and_does_not_deliver(held: frozenset[str]) -> None:
    grant = Grant("g", held)  # type: ignore[arg-type]
    assert grant.may("ingest") == ("ingest" in held)
    assert grant.may("read") == bool(held & {"read", "admin"})
    assert grant.may("admin") == ("admin" in held)


@given(st.lists(pattern, max_size=3), plain)
def test_a_star_stands_for_anything(sources: list[str], source: str) -> None:
    grant = Grant("g", frozenset({"ingest"}), sources=tuple(sources))
    expected = not sources or any(fnmatchcase(source, each) for each in sources)
    assert grant.covers(source) == expected


def test_a_star_is_no_way_up() -> None:
    grant = Grant("g", frozenset({"ingest"}), sources=("https://ci/shop/*", "https://ci/../odd"))
    assert grant.covers("https://ci/shop/a..b/7")
    assert not grant.covers("https://ci/shop/../other")
    assert not grant.covers("https://ci/shop/..")
    assert grant.covers("https://ci/../odd")


@given(st.binary(max_size=100))
def test_only_the_token_itself_is_known(shown: bytes) -> None:
    text, token = mint(Grant("g", frozenset({"read"})))
    assert token.is_shown_by(text.encode())
    assert id_of(text.encode()) == token.token_id
    assert not token.is_shown_by(shown)
    assert not token.is_shown_by(text.encode() + shown) or shown == b""


@given(st.integers(-5, 5), st.booleans())
def test_it_holds_until_its_end(hours: int, revoked: bool) -> None:
    _, token = mint(Grant("g", frozenset({"read"})), expires_at=NOW + timedelta(hours=hours))
    if revoked:
        token = type(token)(token.token_id, token.digest, token.grant, None, token.expires_at, NOW)
    assert token.holds(NOW) == (hours > 0 and not revoked)


def test_what_is_stored_is_what_was_made(database: Database) -> None:
    @given(
        stored_text, roles, st.none() | stored_text, st.lists(stored_text, max_size=3),
        st.none() | st.integers(1, 2**31 - 1), st.none() | st.integers(1, 2**31 - 1),
    )  # fmt: skip
    def check(
        name: str, held: frozenset[str], tenant: str | None, sources: list[str],
        rate: int | None, size: int | None,
    ) -> None:  # fmt: skip
        grant = Grant(name, held, tenant, tuple(sources), rate, size)  # type: ignore[arg-type]
        _, token = mint(grant)
        with database.transaction() as cursor:
            store.add(cursor, token)
            (found,) = [each for each in store.stored(cursor) if each.token_id == token.token_id]
            assert (found.digest, found.grant) == (token.digest, grant)
            assert store.revoke(cursor, token.token_id).token_id == token.token_id
            cursor.execute("delete from tokens")

    check()
