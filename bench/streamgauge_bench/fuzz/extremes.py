"""Values at the edge of what is allowed, on both sides of it."""

from __future__ import annotations

from random import Random
from typing import Any

from streamgauge_bench.fuzz.tree import Members, Verbatim

STRINGS: tuple[Any, ...] = (
    "", " ", "a b", "é", "日本", "\U0001f600", "\u2028", "\ufeff", "\u00ad", "\u202e", "%", "%41",
    "null", "0", "-1", "true", "{}", "../..", "'; drop table x; --", "\\", '"', "\\u0000", "1.0",
    "0.3", "2.0", "\x7f", "\x80", "\x9f", "\ufdd0", "\ufffe", "\U0001ffff", "\U0010ffff", "\n",
    *(Verbatim(text) for text in (
        rb'"\u0000"', rb'"a\u0000b"', rb'"\ud800"', rb'"\udc00"', rb'"\ud83d\ude00"', rb'"\ud83dx"',
        rb'"\ude00\ud83d"', rb'"\uffff"', rb'"\ufdd0"', rb'"\u001f"', rb'"\/"', rb'"\x41"',
        rb'"\u12"', b'"\x00"', b'"\x01"', b'"\t"', b'"\xff"', b'"\xc0\xaf"', b'"\xed\xa0\x80"',
        b'"\xf4\x90\x80\x80"', b'"\xf0\x9f"', b'"\xef\xbb\xbf"', b'"', b"'a'", b'"\\"', b"",
    )),
)  # fmt: skip

NUMBERS: tuple[Any, ...] = tuple(
    Verbatim(text)
    for text in (
        b"0", b"-0", b"1", b"-1", b"1.0", b"1e0", b"0.1", b"-0.0", b"1e400", b"-1e400", b"1e-400",
        b"1e999999999", b"2147483647", b"2147483648", b"-2147483648", b"-2147483649",
        b"9007199254740993", b"9223372036854775807", b"9223372036854775808",
        b"18446744073709551615", b"18446744073709551616", b"1" + b"0" * 400, b"9" * 5000,
        b"0." + b"1" * 400, b"NaN", b"Infinity", b"-Infinity", b"nan", b"01", b"1.", b".5", b"+1",
        b"0x10", b"1_000", b"--1", b"1e", b"1E+2",
    )
)  # fmt: skip

OTHERS: tuple[Any, ...] = (
    None, True, False, *map(Verbatim, (b"[]", b"{}", b"[[]]", b'{"":""}', b"undefined", b"None",
    b"True", b"[1,]", b'{"a":1,}', b"{,}", b"[", b"{", b"/**/1", b'{"a"}', b'{"a":{"a":{}}}')),
)  # fmt: skip

TIMES = (
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999-00:01", "9999-12-31T23:59:60Z",
    "2016-12-31T23:59:60Z", "2017-01-01T00:59:60+01:00", "2016-12-31T12:00:60Z",
    "2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
    "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00z", "2026-01-01t00:00:00Z",
    "2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00+23:59", "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890123456789Z", "2026-01-01",
    "20260101T000000Z", "２０２６-01-01T00:00:00Z", "2026-01-01T00:00:00Z ",
    "12026-01-01T00:00:00Z", "2026-01-01T00:00:00+0000", "2026-01-01T00:00:61Z", "now",
    "-2026-01-01T00:00:00Z",
)  # fmt: skip

URIS = (
    "/", "//", "///", "a", "a:", ":", ":a", "a:b", "http://", "http://[::1]", "http://[::1", "?",
    "http://[v1.a]", "http://[fe80::1%25en0]/", "http://a:b@c:65536/", "#", "#a#b", "%", "%zz",
    "urn:uuid:0", "http://é.example/", "http://a b/", "http://a/\\", "1a:b", "a+b-c.d:e", "{a}",
    "http://a:port/", "data:,x", "..", "?a=b&c=[]", "http://@", "mailto:a@b",
    "https://x/^`|<>", "%41",
)  # fmt: skip

BASE64 = (
    "", "AA==", "AA", "AAA", "A", "AA=", "AA==AA==", "_-8=", "/+8=", "AAAA\n", " AAAA", "====",
    "e30=", "eyJhIjoxfQ==", "bnVsbA==", "/////w==", "QUJD" * 100, "é", "AB==",
)  # fmt: skip

MEDIA_TYPES = (
    "application/json", "application/cloudevents+json", "application/cloudevents-batch+json",
    "application/cloudevents+xml", "application/cloudevents", "application/cloudevents-batch",
    "application/cloudevents-batch+avro", "application/cloudeventsx+json", "APPLICATION/JSON",
    "Application/CloudEvents+JSON; charset=UTF-8", "application/cloudevents+json;charset=latin-1",
    'application/cloudevents+json; charset="utf-8"', "application/cloudevents+json; charset=utf-16",
    'application/json; x="a;b"', "application/json;", "application/json;;", "application/json; a",
    'application/json; x="unclosed', "text/plain", "text/plain; charset=latin-1", "text/json",
    "application/vnd.a+json", "application/x-www-form-urlencoded",
    "image/png", "json", "/json", "application/", "", " ", "*/*", "a/b/c", "application/json, a/b",
    # What a pattern that can match spaces in two places takes seconds for, and a year for more.
    "a/b" + ";  " * 15 + "@", "a/b" + ";" * 300 + "@", "a/b; " + " " * 3000 + "@",
    "application/cloudevents+json; charset=" + " " * 20_000 + '"x',
    "application/octet-stream", "text/plain; =", "multipart/form-data; boundary=a",
    "té/xt", "application/json\t; a=b", "a/b;c=\"\\\"\"",
)  # fmt: skip

NAMES: tuple[Any, ...] = (
    "data", "data_base64", "specversion", "id", "source", "type", "time", "subject", "dataschema",
    "datacontenttype", "datacontentencoding", "schemaurl", "", "Upper", "with-dash", "with_under",
    "é", "a b", "x" * 300, "comexampleextension", "traceparent", "sequence", "context", "timestamp",
    "content", "links", "chainId", "customData", "customDataContentType", "schemaUri", "version",
    *map(Verbatim, (rb'"\u0000"', rb'"\ud800"', b'"\xff"', b"a", b"1", rb'"i\u0064"')),
)  # fmt: skip


PURLS = (
    "pkg:", "pkg:/", "pkg://", "pkg:oci", "pkg:oci/", "pkg:oci/a@", "pkg:oci/a?b",
    "pkg:oci/a#../b", "pkg:oci//a", "PKG:oci/a", "pkg:oci/%zz", "pkg:oci/%ff", "pkg:oci/a?=b",
    "pkg:oci/a@1@2", "pkg:1oci/a", "pkg:oci/a?checksum=sha1:x,", "pkg:[/a", "pkg://[/",
    "pkg:oci/a?b=c&b=d", "pkg:é/a",
)  # fmt: skip


def deep(rng: Random) -> Verbatim:
    """Something nested up to a hundred thousand times, closed or not.

    Most often it is about as deep as can just be read: what looks at it next must cope.
    """
    depth = rng.choice((100, 300, 350, 500, 700, 900, 1000, 5000, 20_000, 100_000))
    if rng.random() < 0.5:
        depth = rng.randrange(965, 986)
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    inside = rng.choice((b"1", b"[]", rb'"\u0000"', rb'"\u0000"'))
    return Verbatim(
        opening * depth + inside + closing * rng.choice((depth, depth, depth, depth, depth - 1, 0))
    )


def value(rng: Random) -> Any:
    """Any value that may be met in place of another."""
    choice = rng.randrange(100)
    if choice < 30:
        return rng.choice(STRINGS)
    if choice < 50:
        return rng.choice(NUMBERS)
    if choice < 65:
        return rng.choice(OTHERS)
    if choice < 92:
        return rng.choice(rng.choice((TIMES, URIS, BASE64, MEDIA_TYPES)))
    if choice < 94:
        return rng.choice("xé\U0001f600%") * rng.choice((100, 1000, 5000, 20_000, 70_000))
    if choice < 98:
        return deep(rng)
    return Members((f"k{number}", number) for number in range(rng.choice((1, 10, 300))))


def fitting(rng: Random, name: object) -> Any:
    """An odd value of the kind that a member of this name holds."""
    match name:
        case "time" | "timestamp" | "created_at" | "updated_at":
            return rng.choice(TIMES)
        case "source" | "dataschema" | "schemaurl" | "schemaUri" | "url" | "html_url":
            return rng.choice(URIS)
        case "artifactId" | "id" if rng.random() < 0.3:
            return rng.choice(PURLS)
        case "data_base64":
            return rng.choice(BASE64)
        case "datacontenttype" | "customDataContentType":
            return rng.choice(MEDIA_TYPES)
        case _:
            return rng.choice(STRINGS if rng.random() < 0.7 else (*NUMBERS, *OTHERS))
