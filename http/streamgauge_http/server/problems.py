"""The answers that the server itself gives, as problem details (RFC 9457).

The application never sees these requests. No text here repeats bytes of the request.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus

from gunicorn.asgi import parser
from gunicorn.http import errors as http_errors

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of bad request; `slug` names it for ever, `detail` may say more of one case."""

    slug: str
    status: int
    title: str
    detail: str

    def response(self, *, with_body: bool = True) -> bytes:
        """The whole response; the connection is closed after it."""
        body = json.dumps(
            {
                "type": f"/problems/{self.slug}",
                "title": self.title,
                "status": self.status,
                "detail": self.detail,
            }
        ).encode()
        head = (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n"
            f"Content-Type: {MEDIA_TYPE}\r\n"
            f"Content-Length: {len(body)}\r\n"
            f"Date: {formatdate(usegmt=True)}\r\n"
            "Connection: close\r\n\r\n"
        )
        return head.encode() + (body if with_body else b"")


MALFORMED_REQUEST = Problem(
    "malformed-request", 400, "Malformed request", "The request is not HTTP/1.1 or HTTP/1.0."
)
INVALID_HEADER = Problem(
    "invalid-header",
    400,
    "Invalid header",
    "A header has a name or a value that is not allowed. Names with an underscore are refused: "
    "other servers confuse them with names that have a hyphen.",
)
MALFORMED_CHUNK = Problem(
    "malformed-chunk", 400, "Malformed chunk", "The chunked body breaks the rules of chunking."
)
TRUNCATED_REQUEST = Problem(
    "truncated-request",
    400,
    "Truncated request",
    "The client ended its side of the connection in the middle of the request.",
)
REQUEST_TIMEOUT = Problem(
    "request-timeout", 408, "Request timeout", "The request's headers did not end in time."
)
URI_TOO_LONG = Problem("uri-too-long", 414, "URI too long", "The request line is too long.")
HEADER_TOO_LARGE = Problem(
    "header-too-large",
    431,
    "Header too large",
    "A header is too large, there are too many, or together they are too large.",
)
INTERNAL_ERROR = Problem(
    "internal-error", 500, "Internal error", "The server failed; its log says more."
)
UNSUPPORTED_TRANSFER_CODING = Problem(
    "unsupported-transfer-coding",
    400,
    "Unsupported transfer coding",
    "The only Transfer-Encoding that is read here is chunked.",
)

PROBLEMS = (
    MALFORMED_REQUEST,
    INVALID_HEADER,
    MALFORMED_CHUNK,
    TRUNCATED_REQUEST,
    REQUEST_TIMEOUT,
    URI_TOO_LONG,
    HEADER_TOO_LARGE,
    INTERNAL_ERROR,
    UNSUPPORTED_TRANSFER_CODING,
)
"""All of them, for the documentation."""

# The first class that fits decides; gunicorn raises from two families of errors.
_BY_ERROR: tuple[tuple[type[Exception], Problem], ...] = (
    (parser.LimitRequestLine, URI_TOO_LONG),
    (parser.LimitRequestHeaders, HEADER_TOO_LARGE),
    (parser.UnsupportedTransferCoding, UNSUPPORTED_TRANSFER_CODING),
    (parser.InvalidHeader, INVALID_HEADER),
    (parser.InvalidHeaderName, INVALID_HEADER),
    (http_errors.InvalidHeader, INVALID_HEADER),
    (http_errors.InvalidHeaderName, INVALID_HEADER),
    (parser.InvalidChunkSize, MALFORMED_CHUNK),
    (parser.InvalidChunkExtension, MALFORMED_CHUNK),
    (parser.ChunkMissingTerminator, MALFORMED_CHUNK),
    (parser.ParseError, MALFORMED_REQUEST),
    (http_errors.ParseException, MALFORMED_REQUEST),
    # A Content-Length of more digits than int() converts; gunicorn does not catch it.
    (ValueError, INVALID_HEADER),
)

# The parser's texts for these are constants, and say more than ours. For the others the text is
# a piece of the request.
_TEXT_IS_CONSTANT = (
    parser.LimitRequestHeaders,
    parser.InvalidHeader,
    parser.InvalidChunkSize,
    parser.InvalidChunkExtension,
    parser.ChunkMissingTerminator,
)


def problem_for(error: Exception) -> Problem:
    """The answer to a request on which the parser raised `error`; 500 if it was no bad request."""
    problem = next((p for kind, p in _BY_ERROR if isinstance(error, kind)), INTERNAL_ERROR)
    if isinstance(error, _TEXT_IS_CONSTANT) or type(error) is parser.ParseError:
        return replace(problem, detail=f"{error}.")
    return problem
