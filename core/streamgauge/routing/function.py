"""A route's target that is a URL: a function, in any language, that answers CDEvents."""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from streamgauge.cdevents import CDEvent
from streamgauge.cloudevents import http_binding
from streamgauge.errors import StreamgaugeError

TIMEOUT_SECONDS = 10.0
_PAUSES = (0.2, 1.0)  # before the second and the third attempt
_WORTH_RETRYING = {408, 425, 429, 500, 502, 503, 504}
_LARGEST_ANSWER = 8 * 1024 * 1024


class FunctionFailed(StreamgaugeError):
    """A function could not be reached, refused the event, or did not answer with CDEvents."""


class Function:
    """Posts the recorded event and reads the CDEvents in the answer, which may be in any mode."""

    def __init__(self, url: str, *, binary: bool = False) -> None:
        self.url = url
        self._message = http_binding.binary if binary else http_binding.structured

    def transform(self, state: bytes) -> Sequence[CDEvent]:
        """The CDEvents that the function makes of the event; none for an empty answer.

        Tries three times where another try can help. Raises FunctionFailed.
        """
        for pause in (*_PAUSES, None):
            try:
                status, headers, body = self._post(state)
            except (OSError, http.client.HTTPException) as error:
                failure = FunctionFailed(f"{self.url}: {type(error).__name__}: {error}")
            else:
                if 200 <= status < 300:
                    return self._read(headers, body)
                failure = FunctionFailed(f"{self.url}: answered {status}")
                if status not in _WORTH_RETRYING:
                    raise failure
            if pause is not None:
                time.sleep(pause)
        raise failure

    def _post(self, state: bytes) -> tuple[int, Sequence[tuple[str, str]], bytes]:
        url = urlsplit(self.url)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.hostname or "", url.port, timeout=TIMEOUT_SECONDS)
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        headers, body = self._message(state)
        try:
            connection.request("POST", path, body, dict(headers))
            response = connection.getresponse()
            answered = [(name.lower(), value) for name, value in response.getheaders()]
            return response.status, answered, response.read(_LARGEST_ANSWER + 1)
        finally:
            connection.close()

    def _read(self, headers: Sequence[tuple[str, str]], body: bytes) -> Sequence[CDEvent]:
        if not body and "ce-specversion" not in dict(headers):
            return []
        if len(body) > _LARGEST_ANSWER:
            raise FunctionFailed(f"{self.url}: the answer is over {_LARGEST_ANSWER} bytes")
        read = http_binding.read(headers, body, max_batch_events=1000)
        return [self._cdevent(parsed.content.data) for parsed in read]

    def _cdevent(self, data: object) -> CDEvent:
        if not isinstance(data, dict):
            raise FunctionFailed(f"{self.url}: answered a CloudEvent whose data is no CDEvent")
        return CDEvent(data)
