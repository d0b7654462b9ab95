"""Who sent a delivery: the schemes that tools have, over the bytes as they came.

Every scheme takes several secrets, so that one can be changed without losing a delivery, tries all
of them, and compares in constant time. Signatures of versions that are not known are passed over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from streamgauge.errors import SettingsError, WebhookRefused
from streamgauge.sources.moments import moment
from streamgauge.sources.options import Options
from streamgauge.webhooks import WebhookRequest, hmac_sha256_matches, one_matches

WINDOW = timedelta(minutes=5)
"""How far the time in a signature may be from ours: what Standard Webhooks asks for."""

_SPACES_AND_COMMAS = re.compile(r"[ ,]+")


class NoSecret(WebhookRefused):
    """Nothing can be checked, since no secret is configured."""


class Check(Protocol):
    """A scheme, with the secrets that are valid."""

    def __call__(self, request: WebhookRequest) -> None:
        """Raises WebhookRefused for a delivery that is not shown to be the tool's."""
        ...


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of one plugin, and what is to be done where there is none."""

    plugin: str
    values: tuple[bytes, ...]
    allow_unsigned: bool = False

    @classmethod
    def of(cls, options: Options, name: str = "secret") -> Secrets:
        """The settings `secret` and `allow_unsigned`. Raises SettingsError."""
        return cls(options.plugin, options.secrets(name), options.flag("allow_unsigned"))

    def waived(self) -> bool:
        """Whether a delivery is taken unchecked. Raises WebhookRefused where there is no secret
        and no permission to do without."""
        if self.values:
            return False
        if self.allow_unsigned:
            return True
        raise NoSecret(
            f"no secret is configured here: set secret in [plugins.{self.plugin}] or "
            f"STREAMGAUGE_{self.plugin.upper().replace('-', '_')}_SECRET to the one that "
            "the tool has"
        )


@dataclass(frozen=True, slots=True)
class Signed:
    """A hexadecimal HMAC-SHA256 of the body in a header."""

    secrets: Secrets
    headers: Sequence[str]
    """The names it may have, best first."""
    prefix: str = ""
    """What stands before the digits: ``sha256=``, ``v1=``. A header may hold a list."""

    def __call__(self, request: WebhookRequest) -> None:
        """Raises WebhookRefused that says what is missing."""
        if self.secrets.waived():
            return
        name, given = _first_header(request, self.headers)
        signatures = [
            part.removeprefix(self.prefix)
            for part in _SPACES_AND_COMMAS.split(given)
            if part.startswith(self.prefix)
        ]
        if not hmac_sha256_matches(self.secrets.values, request.body, *signatures):
            raise _no_match(name)


@dataclass(frozen=True, slots=True)
class StandardWebhooks:
    """https://www.standardwebhooks.com: id, time and body under a key in base64."""

    secrets: Secrets
    window: timedelta = WINDOW

    def __post_init__(self) -> None:
        for secret in self.secrets.values:
            _key(secret, self.secrets.plugin)

    def __call__(self, request: WebhookRequest) -> None:
        """Raises WebhookRefused that says what is missing, or that the delivery is too old."""
        if self.secrets.waived():
            return
        name, given = _first_header(request, ["webhook-signature"])
        identity, sent = request.header("webhook-id"), request.header("webhook-timestamp")
        at = moment(sent)
        if not identity or sent is None or at is None:
            raise WebhookRefused("webhook-id and webhook-timestamp are needed", where=name)
        signed = b".".join((identity.encode("latin-1"), sent.encode("latin-1"), request.body))
        keys = [_key(each, self.secrets.plugin) for each in self.secrets.values]
        digests = [base64.b64encode(_digest(key, signed)) for key in keys]
        if not one_matches(digests, [part[3:] for part in given.split() if part.startswith("v1,")]):
            raise _no_match(name)
        if abs(request.received - at) > self.window:
            raise WebhookRefused(
                f"the delivery is signed for a time more than {self.window} from now: it was sent "
                "again by someone else, or one of the clocks is wrong",
                where="webhook-timestamp",
            )


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """A secret that the tool shows, for tools that cannot sign.

    It may come as a bearer token, as the password of basic authentication or ``user:password``
    whole, as the Authorization header to the letter, in one of `headers`, or as ``?secret=`` in
    the address: whichever the tool lets one set.
    """

    secrets: Secrets
    headers: Sequence[str] = ()

    def __call__(self, request: WebhookRequest) -> None:
        """Raises WebhookRefused that says how the secret can be shown."""
        if self.secrets.waived():
            return
        shown = list(self._shown(request))
        if not shown:
            others = "".join(f", the header {name}" for name in self.headers)
            raise WebhookRefused(
                "the delivery shows no secret: have the tool send it as a bearer token, as the "
                f"password of basic authentication{others}, or as ?secret= in the address"
            )
        matches = [
            hmac.compare_digest(secret, each) for secret in self.secrets.values for each in shown
        ]
        if not any(matches):
            raise WebhookRefused("the secret that the delivery shows is none of those configured")

    def _shown(self, request: WebhookRequest) -> Iterable[bytes]:
        for name in self.headers:
            if value := request.header(name):
                yield value.encode("latin-1")
        if value := request.query.get("secret"):
            yield value.encode()
        authorization = request.header("authorization")
        if authorization is None:
            return
        yield authorization.encode("latin-1")
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "bearer":
            yield credentials.strip().encode("latin-1")
        if scheme.lower() == "basic" and (plain := _decoded(credentials)) is not None:
            yield plain
            yield plain.partition(b":")[2]


@dataclass(frozen=True, slots=True)
class ByHeader:
    """Whichever of several schemes the delivery uses, told by the header that only it has."""

    schemes: Sequence[tuple[str, Check]]
    otherwise: Check

    def __call__(self, request: WebhookRequest) -> None:
        """Raises WebhookRefused."""
        for header, check in self.schemes:
            if request.header(header) is not None:
                return check(request)
        return self.otherwise(request)


def _first_header(request: WebhookRequest, names: Sequence[str]) -> tuple[str, str]:
    for name in names:
        if given := request.header(name):
            return name, given
    raise WebhookRefused(
        "the delivery is not signed: set the same secret in the tool too", where=names[0]
    )


def _no_match(header: str) -> WebhookRefused:
    return WebhookRefused(
        "the signature does not match the body under any configured secret", where=header
    )


def _digest(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()


def _key(secret: bytes, plugin: str) -> bytes:
    """The key in ``whsec_`` and base64. Raises SettingsError, which does not repeat it."""
    try:
        key = base64.b64decode(secret.removeprefix(b"whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not key:  # anybody can sign with an empty one
        raise SettingsError(f"plugins.{plugin}: a signing secret is whsec_ and a key in base64")
    return key


def _decoded(credentials: str) -> bytes | None:
    try:
        return base64.b64decode(credentials.strip(), validate=True)
    except ValueError:
        return None
