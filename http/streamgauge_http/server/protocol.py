"""gunicorn's HTTP/1 connection, made to answer every bad request so that the client can read it.

gunicorn's own class answers a request it cannot parse in plain text and closes the socket, which
often destroys the answer on its way; it waits for ever for a head that does not end; and it
drops the answer of a client that has ended its side after a complete request. Each overridden
method says what it changes. They rely on private names of gunicorn, which is why its version is
pinned to one minor release.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gunicorn.asgi.parser import InvalidHeader, LimitRequestHeaders, UnsupportedTransferCoding
from gunicorn.asgi.protocol import ASGIProtocol

from streamgauge_http.server import problems
from streamgauge_http.server.limits import Limits
from streamgauge_http.server.linger import Lingering
from streamgauge_http.server.write_watch import WriteWatch

if TYPE_CHECKING:
    from streamgauge_http.server.worker import Worker


class Protocol(ASGIProtocol):  # type: ignore[misc]  # gunicorn ships no types
    """One connection. `_current_request` is None from the end of a request to the next head."""

    worker: Worker
    transport: asyncio.Transport
    _limits: Limits
    _writes: WriteWatch
    _head_bytes = 0
    """How many bytes of a head that has not ended have arrived."""
    _head_timer: asyncio.TimerHandle | None = None
    _answered: object = None
    """The request whose response has begun."""
    _told_close = False
    """The server's own answer said `Connection: close`."""
    _input_ended = False
    """The client has ended its side; it may still be reading."""

    # The life of a connection

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Also: a connection has `header_timeout` to send a head, where gunicorn waits for ever."""
        limits = self._limits = self.worker.app.limits
        self._writes = WriteWatch(transport, self.worker.loop, limits.send_timeout)
        super().connection_made(transport)
        self.worker.protocols.add(self)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Also: end the timers."""
        self.worker.protocols.discard(self)
        self._cancel_head_timer()
        self._writes.stop()
        super().connection_lost(exc)

    def eof_received(self) -> bool:
        """New: a client that has ended its side after a complete request is still answered.

        Without this method asyncio closes the connection on the spot.
        """
        self._input_ended = True
        if not self._closed:
            self._settle_ended_input()
        return self.transport.can_write_eof()  # TLS has no half of a connection

    def worker_stops(self) -> None:
        """New: called when the worker is told to stop. A connection that has never sent anything
        is given no longer than an idle one. An answer without an end, a live feed, is ended, and
        who takes nothing of an answer is not waited for; the others end by themselves.
        """
        self._writes.hurry(self._limits.linger_quiet)
        if self._current_request is not None:
            self._tell_streaming_application()
        if self.req_count <= 1 and self._current_request is None and not self._head_bytes:
            self._arm_keepalive_timer()

    def _close_transport(self) -> None:
        """Changed: never close on a client that may be in the middle of sending."""
        if self._closed:
            return
        if self._client_may_be_sending():
            self._linger()
        else:
            super()._close_transport()
            # write_eof() fails on a connection that the client has reset; gunicorn then never
            # gets as far as close(), and the socket would stay open for ever.
            if not self.transport.is_closing():
                self.transport.abort()
        if self.transport.get_write_buffer_size():
            self._writes.start()

    def _client_may_be_sending(self) -> bool:
        if self._input_ended or self.transport.is_closing():
            return False
        request = self._current_request
        if request is not None and self._callback_parser.is_complete:
            return not request.should_close() or bool(self._callback_parser.remaining())
        return request is not None or self._head_bytes > 0 or self._told_close

    def _linger(self) -> None:
        self._closed = True
        if self._body_receiver is not None:
            self._body_receiver.signal_disconnect()
        self._resume_reading()
        Lingering(self, self.transport, self.worker.loop, self._limits)
        if not self.transport.can_write_eof():  # TLS: the answer's length says where it ends
            return
        try:
            self.transport.write_eof()
        except OSError:  # the client is gone already
            self.transport.abort()

    # Requests

    def _feed_callback_parser(self, data: bytes) -> bool:
        """Replaced: the same parser, but with our answers, and a bound for the whole head.

        gunicorn's method also negotiates HTTP/2 over cleartext, which is off here.
        """
        if self._current_request is None:
            # The parser passes over an empty line before a request; it begins none.
            self._head_bytes += len(data if self._head_bytes else data.lstrip(b"\r\n"))
        try:
            self._callback_parser.feed(data)
        except Exception as error:
            problem = problems.problem_for(error)
            if problem is problems.INTERNAL_ERROR:
                self.log.exception("Error while reading a request")
            return self._refuse(problem)
        if self._current_request is not None:
            self._head_bytes = 0
            self._cancel_head_timer()
        elif self._head_bytes > self._limits.head:
            return self._refuse(problems.HEADER_TOO_LARGE)
        return not self._input_ended or self._settle_ended_input()

    def _on_headers_complete(self) -> bool:
        """Also: refuse three kinds of request that gunicorn lets through.

        It bounds each header but not all of them together; it hands a body with
        `Transfer-Encoding: gzip, chunked` on without unpacking it; and it takes HTTP/1.1 without
        a Host, which RFC 9112 section 3.2 forbids.
        """
        parser = self._callback_parser
        size = 0
        has_host = False
        for name, value in parser.headers:
            size += len(name) + len(value)
            if name == b"host":
                has_host = True
            elif name == b"transfer-encoding" and value.lower() != b"chunked":
                raise UnsupportedTransferCoding
        if size > self._limits.head:
            raise LimitRequestHeaders("Request headers are too large together")
        if not has_host and parser.http_version >= (1, 1):
            raise InvalidHeader("Missing Host header")
        return bool(super()._on_headers_complete())

    def _is_websocket_upgrade(self, request: Any) -> bool:
        """Replaced: there are no WebSockets here; such a request is an ordinary GET (RFC 9110
        section 7.8 lets a server ignore Upgrade).
        """
        return False

    async def _serve_http_request(self, request: Any, sockname: Any, peername: Any) -> bool:
        """Replaced: no task of its own for each request. gunicorn makes one so that the next
        request need not wait for an application that goes on after its answer; ours is done then.
        """
        return bool(await self._handle_http_request(request, sockname, peername))

    def _settle_ended_input(self) -> bool:
        """Nothing more will come: refuse what is unfinished. Returns whether serving goes on."""
        request = self._current_request
        if request is not None and self._callback_parser.is_complete:
            self._tell_streaming_application()
            return True
        if request is not None or self._head_bytes:
            return self._refuse(problems.TRUNCATED_REQUEST)
        self._end()
        return False

    def _tell_streaming_application(self) -> None:
        """A client that ended its side has most likely left; a live feed must not go on for it, nor
        in a worker that is to end.

        Only once all bytes of the body have been handed over and the response has begun: earlier,
        http.disconnect would mean that the request is incomplete. An application that sends a
        response of a known end does not listen for it.
        """
        receiver = self._body_receiver
        if self._answered is self._current_request and not receiver.buffered:
            receiver.signal_disconnect()

    # Responses

    def _send_response_start(
        self, status: int, headers: Any, request: Any, close: bool = False
    ) -> None:
        """Also: note which request has an answer, so that no second one is put into it."""
        super()._send_response_start(status, headers, request, close=close)
        self._answered = request
        if self._input_ended or not self.worker.alive:
            self._tell_streaming_application()

    def _will_close(self, request: Any, response_requires_close: bool) -> bool:
        """Also: announce the close that follows an unread body, or the client's end of input."""
        receiver = self._body_receiver
        return (
            (receiver is not None and not receiver._complete)
            or self._told_close
            or (self._input_ended and not self._callback_parser.remaining())
            or bool(super()._will_close(request, response_requires_close))
        )

    def _send_error_response(
        self, status: int, message: str, extra_headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """Replaced: problem details. What is left to gunicorn is the 500 of a failed call."""
        self._answer(problems.INTERNAL_ERROR)

    def _refuse(self, problem: problems.Problem) -> bool:
        """Answer a request that cannot be read, and close. Returns False: serving is over."""
        self._answer(problem)
        self._end()
        return False

    def _end(self) -> None:
        self._close_transport()
        self._request_ready.set()  # the task that waits for a request ends too

    def _answer(self, problem: problems.Problem) -> None:
        request = self._current_request
        if self._closed or (request is not None and self._answered is request):
            return
        self._told_close = True
        self.worker.app.on_unreadable(problem.slug)
        self._safe_write(problem.response(with_body=request is None or request.method != "HEAD"))

    # Time

    def _arm_keepalive_timer(self) -> None:
        """Also: no next request comes from a client that has ended its side."""
        if self._input_ended:
            self.worker.loop.call_soon(self._end)
        else:
            super()._arm_keepalive_timer()

    def _keepalive_timeout(self) -> None:
        """Replaced: a next request that has begun gets the time of a first one, then a 408."""
        if self._head_bytes:
            self._start_head_timer()
        else:
            self._end()

    def _start_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.worker.loop.call_later(
                self._limits.header_timeout, self._head_timed_out
            )

    def _head_timed_out(self) -> None:
        self._head_timer = None
        if self._head_bytes:
            self._refuse(problems.REQUEST_TIMEOUT)
        else:  # Nothing was asked; an answer could be taken for that of a request on its way.
            self._end()

    def _cancel_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def pause_writing(self) -> None:
        """Also: a client that does not read its answer is cut off after `send_timeout`."""
        super().pause_writing()
        self._writes.start()

    def resume_writing(self) -> None:
        """Also: end the watch of pause_writing, unless the connection is about to be closed."""
        super().resume_writing()
        if not self._closed:
            self._writes.stop()
