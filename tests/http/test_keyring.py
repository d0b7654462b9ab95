"""The tokens as one process knows them: never older than it says, whatever happens to Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from streamgauge.access import Grant, Token, mint
from streamgauge.errors import DatabaseUnavailable
from streamgauge_http.keyring import FRESH_SECONDS, NEW_SECONDS, Keyring

READ = Grant("g", frozenset({"read"}))


class KeyringMachine(RuleBasedStateMachine):
    """Tokens are made and revoked, time passes, Postgres goes and comes back."""

    @initialize()
    def begin(self) -> None:
        self.now = 0.0
        self.away = False
        self.back_at = 0.0
        self.shown: list[str] = []
        self.rows: list[Token] = []
        self.revoked_at: dict[int, float] = {}
        self.made_at: dict[int, float] = {}
        self.reads = 0
        self.keyring = Keyring(self.read, clock=lambda: self.now)

    async def read(self) -> Sequence[Token]:
        self.reads += 1
        if self.away:
            raise DatabaseUnavailable("away")
        return list(self.rows)

    @rule()
    def make(self) -> None:
        text, token = mint(READ)
        self.made_at[len(self.rows)] = self.now
        self.shown.append(text)
        self.rows.append(token)

    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        if self.rows:
            number = data.draw(st.integers(0, len(self.rows) - 1))
            self.rows[number] = replace(self.rows[number], revoked_at=datetime.now(UTC))
            self.revoked_at.setdefault(number, self.now)

    @rule(seconds=st.floats(0.01, 10))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(away=st.booleans())
    def outage(self, away: bool) -> None:
        if self.away and not away:
            self.back_at = self.now
        self.away = away

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        if not self.rows:
            return
        number = data.draw(st.integers(0, len(self.rows) - 1))
        before, had = self.reads, self.keyring._tokens is not None
        try:
            found = asyncio.run(self.keyring.find(self.shown[number].encode()))
        except DatabaseUnavailable:
            assert self.away
            assert not had, "those of before hold"
            return
        assert self.reads - before <= 2
        if self.away or self.now - self.back_at < NEW_SECONDS:
            return
        if number in self.revoked_at and self.now - self.revoked_at[number] >= FRESH_SECONDS:
            assert found is None, "what was revoked is refused"
        if number not in self.revoked_at and self.now - self.made_at[number] >= FRESH_SECONDS:
            assert found is not None, "what was made is known"

    @rule()
    def ask_for_another(self) -> None:
        text, _ = mint(READ)
        before = self.reads
        try:
            assert asyncio.run(self.keyring.find(text.encode())) is None
        except DatabaseUnavailable:
            return
        again = self.reads
        assert asyncio.run(self.keyring.find(text.encode())) is None
        assert self.reads == again, "who tries many has Postgres asked once a second"
        assert again - before <= 2

    @invariant()
    def it_is_empty_only_without_any(self) -> None:
        if self.keyring._tokens:
            assert self.rows


KeyringMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestKeyring = KeyringMachine.TestCase


def test_many_at_once_read_once() -> None:
    reads = 0
    text, token = mint(READ)

    async def read() -> Sequence[Token]:
        nonlocal reads
        reads += 1
        await asyncio.sleep(0)
        return [token]

    async def ask() -> None:
        keyring = Keyring(read)
        found = await asyncio.gather(*(keyring.find(text.encode()) for _ in range(50)))
        assert [each is not None for each in found] == [True] * 50

    asyncio.run(ask())
    assert reads == 1


def test_before_the_first_read_nobody_can_tell() -> None:
    async def read() -> Sequence[Token]:
        raise DatabaseUnavailable("away")

    with pytest.raises(DatabaseUnavailable):
        asyncio.run(Keyring(read).is_empty())
