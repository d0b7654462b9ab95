"""The stored tokens, as they were a moment ago."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from streamgauge.access import Token
from streamgauge.access.tokens import id_of
from streamgauge.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

FRESH_SECONDS = 4.0
"""After so long they are read again: what is revoked is refused within five seconds."""

NEW_SECONDS = 1.0
"""For a token that is not known they are read again after so long: it may be a new one."""

Read = Callable[[], Awaitable[Sequence[Token]]]


class Keyring:
    """Reads the tokens when they are asked for and no longer fresh; one read at a time.

    While Postgres is away the last ones hold. Raises DatabaseUnavailable where there are none yet.
    """

    def __init__(self, read: Read, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._tokens: Mapping[str, Token] | None = None
        self._read_at = 0.0
        self._tried_at = 0.0
        self._reading = asyncio.Lock()

    async def find(self, shown: bytes) -> Token | None:
        """The token that is shown, if it is one and holds."""
        token_id = id_of(shown)
        if token_id is None:
            return None
        token = (await self._no_older_than(FRESH_SECONDS)).get(token_id)
        if token is None:
            token = (await self._no_older_than(NEW_SECONDS)).get(token_id)
        known = token is not None and token.is_shown_by(shown) and token.holds(datetime.now(UTC))
        return token if known else None

    async def is_empty(self) -> bool:
        """Whether there has never been a token."""
        return not await self._no_older_than(FRESH_SECONDS)

    async def _no_older_than(self, seconds: float) -> Mapping[str, Token]:
        if self._is_due(seconds):
            async with self._reading:
                if self._is_due(seconds):
                    await self._read_again()
        assert self._tokens is not None
        return self._tokens

    def _is_due(self, seconds: float) -> bool:
        if self._tokens is None:
            return True
        # While Postgres is away it is not asked for every request.
        now = self._clock()
        return now - self._read_at >= seconds and now - self._tried_at >= NEW_SECONDS

    async def _read_again(self) -> None:
        self._tried_at = asked_at = self._clock()
        try:
            found = await self._read()
        except DatabaseUnavailable as error:
            if self._tokens is None:
                raise
            logger.warning("the tokens cannot be read; those of before hold: %s", error)
        else:
            self._tokens = {token.token_id: token for token in found}
            self._read_at = asked_at
