"""What an operator's table may name, which URLs may be functions, and how a URL is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from urllib.parse import SplitResult, urlsplit

from streamgauge.errors import RoutesError, UnknownName
from streamgauge.routing.table import BINARY, OperatorTable, is_url


class Hosts:
    """Hosts by DNS name; ``*.example.com`` stands for the names below one."""

    def __init__(self, names: Iterable[str]) -> None:
        lower = [name.lower() for name in names]
        self._exact = {name for name in lower if not name.startswith("*.")}
        self._below = tuple(name[1:] for name in lower if name.startswith("*."))

    def __contains__(self, host: str) -> bool:
        name = host.lower()
        return name in self._exact or name.endswith(self._below)


def check_targets(
    table: OperatorTable, transformers: Collection[str], hosts: Sequence[str]
) -> None:
    """Raise RoutesError, with the place, for the first target that is neither one of these names
    nor a function that may be called."""
    for where, target in table.targets():
        try:
            check_functions([target], hosts)
            if not is_url(target) and target not in transformers:
                raise UnknownName("transformer", target, transformers)
        except (RoutesError, UnknownName) as error:
            raise RoutesError(f"{where}: {error}") from None


def check_functions(targets: Iterable[str], hosts: Sequence[str]) -> None:
    """Raise RoutesError for a function among the targets whose URL is none, or that is on none of
    the hosts; no host at all means that all are allowed."""
    for target in targets:
        if is_url(target):
            url = target.removeprefix(BINARY)
            host = read_url(url).hostname or ""
            if hosts and host not in Hosts(hosts):
                raise RoutesError(not_allowed(url))


def not_allowed(url: str) -> str:
    """The reason for a function that may not be called."""
    return f"the function {shown(url)}: function_hosts does not name its host"


def read_url(url: str) -> SplitResult:
    """The parts of a function's URL. Raises RoutesError, which shows no password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise RoutesError(f"a function's URL is none: {error}") from None
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https"):
        raise RoutesError(
            f"the function {scheme}{shown(f'//{rest}')}: its URL begins with http:// or https://, "
            f"in lower case, before which {BINARY} may stand, once"
        )
    if parts.username is not None or parts.password is not None:
        # A target is shown everywhere: beside each CDEvent, in lists, in definitions.
        raise RoutesError(f"the function {shown(url)}: no user and no password in the URL")
    if not host or parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
        raise RoutesError(
            f"the function {shown(url)}: http:// or https://, a host, a path, percent-encoded"
        )
    return parts


def shown(url: str) -> str:
    """The URL for a reason: no user, no password, no query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "at an address that is no URL"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.path or "/"
