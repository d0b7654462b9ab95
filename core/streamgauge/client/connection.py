"""One connection to a service, kept open from one request to the next."""

from __future__ import annotations

import http.client
import select
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from streamgauge.client.address import Address
from streamgauge.errors import ServiceUnreachable


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent."""

    method: str
    path: str
    """With its query."""
    headers: Mapping[str, str]
    body: bytes | None = None
    repeatable: bool = True
    """Whether twice is as good as once."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Connection:
    """It is opened at the first request, and again where the service has closed it."""

    def __init__(self, address: Address, timeout: float) -> None:
        self._address = address
        kind = http.client.HTTPSConnection if address.secure else http.client.HTTPConnection
        self._http = kind(address.host, address.port, timeout=timeout)

    def ask(self, request: Request) -> Answered:
        """The answer, whatever it is. Raises ServiceUnreachable where there is none."""
        was_open = self._is_open()
        try:
            try:
                return self._once(request)
            except ConnectionError:
                # The service may close what is idle at the moment at which we begin.
                if not (was_open and request.repeatable):
                    raise
                self.close()
                return self._once(request)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ServiceUnreachable(str(self._address), _reason(error)) from None
        except BaseException:  # Ctrl-C in the middle of an answer
            self.close()
            raise

    def close(self) -> None:
        """Another request opens it again."""
        self._http.close()

    def _once(self, request: Request) -> Answered:
        path = f"{self._address.prefix}{request.path}"
        self._http.request(request.method, path, request.body, dict(request.headers))
        response = self._http.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answered(response.status, headers, response.read())

    def _is_open(self) -> bool:
        """Whether it is; one that the other side has closed is closed here too."""
        if self._http.sock is None:
            return False
        readable = select.poll()
        readable.register(self._http.sock, select.POLLIN)
        if readable.poll(0):  # there is nothing to read before the next answer but the end
            self.close()
            return False
        return True


def _reason(error: OSError | http.client.HTTPException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(error, http.client.HTTPException):
        return f"what answers is no HTTP: {type(error).__name__}"
    return error.strerror or str(error) or type(error).__name__
