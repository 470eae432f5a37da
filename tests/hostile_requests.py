"""Requests that nobody sends in good faith, each as the bytes that are sent; families by field and by format."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

MB = 1_000_000


@dataclass(frozen=True)
class Hostile:
    """One request: its name, its head, and its body in pieces that may be repeated."""

    name: str
    head: bytes
    pieces: tuple[tuple[bytes, int], ...] = field(default=())
    """Bytes, and how often they are sent."""

    def body(self) -> Iterator[bytes]:
        """Yield the body in pieces of a reasonable size."""
        for piece, count in self.pieces:
            at_once = max(1, 60_000 // max(1, len(piece)))
            for _ in range(count // at_once):
                yield piece * at_once
            yield piece * (count % at_once)

    @property
    def length(self) -> int:
        return sum(len(piece) * count for piece, count in self.pieces)


def post(name: str, path: str, kind: str, *pieces: tuple[bytes, int], more: bytes = b"") -> Hostile:
    length = sum(len(piece) * count for piece, count in pieces)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n"
    return Hostile(name, head.encode() + more + b"\r\n", pieces)


def get(name: str, headers: bytes, target: bytes = b"/health") -> Hostile:
    return Hostile(name, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n")


def raw(name: str, text: bytes, *pieces: tuple[bytes, int]) -> Hostile:
    return Hostile(name, text, pieces)


def json_bodies() -> Iterator[Hostile]:
    kind = "application/json"
    for path in ("/v1/keys", "/v1/tokens", "/v1/tokens/revoke", "/v1/webhooks"):
        yield post(f"25 MB of lists to {path}", path, kind, (b"[", 1), (b"[],", 8 * MB), (b"[]]", 1))
        yield post(f"60 kB of brackets to {path}", path, kind, (b"[", 60_000))
        yield post(f"60 kB of objects to {path}", path, kind, (b'{"a":', 12_000))
        yield post(f"a number of 60 kB to {path}", path, kind, (b"9", 60_000))
    for charset in ("utf-16", "utf-32", "utf-7", "punycode"):
        text = '{"refresh_token": "' + "a" * 9_000 + '"}'
        body = text.encode(charset)
        yield post(f"JSON in {charset}", "/v1/tokens", f"{kind}; charset={charset}", (body, 1))
    yield post("JSON with 5000 keys", "/v1/tokens", kind, (b"{", 1), (b'"username":"a",', 4_000), (b'"b":1}', 1))
    yield post("lone surrogates", "/v1/tokens", kind, (b'{"username":"\\ud800","password":"\\udfff"}', 1))


def recordings() -> Iterator[Hostile]:
    kind, path = "application/json", "/record"
    yield post("a recording of lists", path, kind, (b'{"audio":[', 1), (b"[],", 22 * MB), (b"[]]}", 1))
    yield post("a recording of brackets", path, kind, (b"[", 60 * MB))
    yield post("a recording of quotes", path, kind, (b'"', 60 * MB))
    yield post("a recording of backslashes", path, kind, (b'{"audio":"', 1), (b"\\", 60 * MB), (b'"}', 1))
    yield post("a recording of escapes", path, kind, (b'{"audio":"', 1), (b"\\u0041", 10 * MB), (b'"}', 1))
    yield post("a recording of spaces", path, kind, (b'{"audio":"', 1), (b" ", 60 * MB), (b'"}', 1))
    yield post("a recording of paddings", path, kind, (b'{"audio":"', 1), (b"AA==", 10 * MB), (b'"}', 1))
    yield post("a recording of strings", path, kind, (b'{"audio":[', 1), (b'"a",', 15 * MB), (b'"a"]}', 1))
    yield post("a recording of keys", path, kind, (b"{", 1), (b'"audio":"AA",', 4 * MB), (b'"a":1}', 1))
    yield post(
        "two long strings",
        path,
        kind,
        (b'{"a":"', 1),
        (b"A" * 4, 5 * MB),
        (b'","audio":"AAAA', 1),
        (b"A" * 4, 5 * MB),
        (b'"}', 1),
    )
    yield post("a recording of noughts", path, kind, (b'{"audio":"', 1), (b"AAAA", 12 * MB), (b'"}', 1))


def part(disposition: bytes, more: bytes = b"") -> bytes:
    return b"--cut\r\nContent-Disposition: form-data; " + disposition + b"\r\n" + more + b"\r\n"


END = b"\r\n--cut--\r\n"
FORM = "multipart/form-data; boundary=cut"
FILE = part(b'name="file"; filename="a.wav"')


def forms() -> Iterator[Hostile]:
    text = part(b'name="options"')
    for charset in ("punycode", "idna", "utf-7", "utf-16", "unicode_escape", "rot13", "zlib_codec", "nothing"):
        body = (text, 1), (b"a-" * 4, 20_000), (END, 1)
        yield post(f"a form in {charset}", "/v1/analyses", f"{FORM}; charset={charset}", *body)
    for charset in (b"punycode", b"idna", b"utf-16"):
        inside = part(b'name="options"', b"Content-Type: text/plain; charset=" + charset + b"\r\n")
        yield post(f"a part in {charset.decode()}", "/predict", FORM, (inside, 1), (b"a-" * 4, 20_000), (END, 1))
    name = b"name=\"file\"; filename*=punycode''" + b"a-" * 1500
    yield post("a name in punycode", "/predict", FORM, (part(name), 1), (END, 1))
    yield post("a million parts", "/predict", FORM, (text + b"\r\n", MB), (END, 1))
    yield post("half a million files", "/predict", FORM, (FILE + b"\r\n", MB // 2), (END, 1))
    yield post("a header line without end", "/predict", FORM, (b"--cut\r\nX: ", 1), (b"a", 40 * MB))
    yield post("a header name without end", "/predict", FORM, (b"--cut\r\n", 1), (b"a", 40 * MB))
    yield post("a million headers", "/predict", FORM, (b"--cut\r\n", 1), (b"X: 1\r\n", MB), (END, 1))
    yield post("a preamble of 40 MB", "/predict", FORM, (b"\r\n", 20 * MB), (FILE, 1), (END, 1))
    yield post("an epilogue of 40 MB", "/predict", FORM, (FILE, 1), (END, 1), (b"\r\n--", 10 * MB))
    yield post("nearly boundaries", "/predict", FORM, (FILE, 1), (b"\r\n--cu", 6 * MB), (END, 1))
    yield post("line breaks", "/predict", FORM, (FILE, 1), (b"\r", 40 * MB), (END, 1))
    boundary = "c" * 250
    long = f"multipart/form-data; boundary={boundary}"
    begin = FILE.replace(b"--cut", b"--" + boundary.encode())
    yield post("a long boundary, nearly", "/predict", long, (begin, 1), (b"\r\n--" + b"c" * 249, 100_000))
    yield post("a boundary of 8 kB", "/predict", f"multipart/form-data; boundary={'c' * 8000}", (FILE, 1), (END, 1))
    yield post("no boundary", "/predict", "multipart/form-data", (FILE, 1), (END, 1))
    yield post("no end", "/predict", FORM, (FILE, 1), (b"x", MB))
    yield post("two files", "/v1/analyses", FORM, (FILE + b"RIFF\r\n", 2), (END, 1))
    yield post("a field of 40 MB", "/predict", FORM, (text, 1), (b"x", 40 * MB), (END, 1))
    yield post("sixteen fields of 1 MB", "/predict", FORM, *(((text, 1), (b"x", MB), (b"\r\n", 1)) * 16), (END, 1))
    options = (text, 1), (b"[", 15_000), (b"\r\n", 1), (FILE, 1), (b"RIFF", 1), (END, 1)
    yield post("deep options", "/v1/analyses", FORM, *options)
    yield post("a file of 60 MB", "/predict", FORM, (FILE, 1), (b"x", 60 * MB), (END, 1))


def framings() -> Iterator[Hostile]:
    begin = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=cut\r\n"
    chunked = begin + b"Transfer-Encoding: chunked\r\n"
    yield raw("length and chunks", chunked + b"Content-Length: 5\r\n\r\n0\r\n\r\n")
    yield raw("two lengths", begin + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello")
    for length in (b"-1", b"+5", b"0x10", b"5, 6", b"9" * 5000, b"1_0", b"\xb2"):
        yield raw(f"a length of {length[:9]!r}", begin + b"Content-Length: " + length + b"\r\n\r\nhello")
    for size in (b"zz", b"-1", b"f" * 20, b"0x5", b"", b"5 5"):
        yield raw(f"a chunk of {size!r}", chunked + b"\r\n" + size + b"\r\nhello\r\n0\r\n\r\n")
    yield raw("an extension without end", chunked + b"\r\n5;", (b"a", 5 * MB))
    yield raw("chunks of one byte", chunked + b"\r\n", (b"1\r\na\r\n", MB))
    yield raw("trailers without end", chunked + b"\r\n0\r\n", (b"X-T: 1\r\n", MB))
    yield raw("a coding that is none", begin + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
    yield raw("chunks in HTTP/1.0", chunked.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n0\r\n\r\n")
    yield raw("bare line feeds", b"GET /health HTTP/1.1\nHost: localhost\n\n")
    yield raw("a folded header", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n")
    yield raw("a NUL in a header", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: b\0c\r\n\r\n")
    yield raw("a blank before the colon", b"GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n")
    yield raw("HTTP/0.9", b"GET /health\r\n\r\n")
    yield raw("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    yield raw("HTTP/9.9", b"GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n")
    yield raw("TLS", bytes.fromhex("16030100a5010000a10303") + bytes(160))
    yield raw("an absolute target", b"GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    yield raw("a tunnel", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    yield raw("two hosts", b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
    yield raw("no host", b"GET /health HTTP/1.1\r\n\r\n")
    yield raw("a header without end", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: ", (b"a", 5 * MB))
    yield raw("a method without end", b"", (b"A", MB))
    yield raw("a target without end", b"GET /", (b"a", 5 * MB))
    yield raw("a method of its own", b"BREW /predict HTTP/1.1\r\nHost: localhost\r\n\r\n")
    yield raw("lines without end", b"", (b"\r\n", 500_000))
    yield get(
        "an upgrade to h2c", b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    )
    yield get(
        "an upgrade to a websocket", b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    )
    yield raw("a flood of pipelined requests", b"", (b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 2_000))
    yield post("an expectation", "/predict", FORM, (FILE, 1), (END, 1), more=b"Expect: 200-maybe\r\n")
    packed = zlib.compress(bytes(50 * MB), 9)
    yield post("a bomb", "/record", "application/json", (packed, 1), more=b"Content-Encoding: deflate\r\n")


def heads() -> Iterator[Hostile]:
    for name, value in (
        ("X-Forwarded-For", b"1.2.3.4, " * 1600),
        ("Accept-Language", b"en;q=0.1," * 1600),
        ("Accept", b"a/b;q=0.1," * 1400),
        ("If-None-Match", b'"a", ' * 2800),
        ("Prefer", b"respond-async, " * 900),
        ("Cookie", b"a=b; " * 2800),
        ("Authorization", b"Bearer " + b"a" * 14_000),
        ("X-API-Key", b"ss_" + b"f" * 14_000),
        ("Range", b"bytes=" + b"0-1," * 3500),
        ("X-Request-ID", b"a" * 14_000),
        ("Forwarded", b"for=1.2.3.4;" * 1100),
    ):
        target = b"/static/app.js" if name in {"Range", "If-None-Match"} else b"/models/info"
        yield get(f"a long {name}", name.encode() + b": " + value + b"\r\n", target)
    yield get("a thousand headers", b"".join(b"X-%d: 1\r\n" % number for number in range(1000)))
    yield get("a thousand parameters", b"", b"/v1/analyses?" + b"q=1&" * 3500)
    yield get("broken escapes", b"", b"/v1/analyses?q=%ff%00%zz%e2%28%a1&emotion=" + b"%00" * 100)
    yield get("a path of dots", b"", b"/static/" + b"../" * 2000 + b"etc/passwd")
    yield get("a path of NULs", b"", b"/v1/analyses/" + b"%00" * 3000)
    yield get("a token that is deep", b"Authorization: Bearer " + _token() + b"\r\n", b"/models/info")
    key = b"Idempotency-Key: " + b"k" * 14_000 + b"\r\n"
    yield post("a long key", "/predict", FORM, (FILE, 1), (END, 1), more=key)


def _token() -> bytes:
    deep = base64.urlsafe_b64encode(b"[" * 5_000).rstrip(b"=")
    return deep + b"." + deep + b".AAAA"


ALL = tuple(one for family in (json_bodies, recordings, forms, framings, heads) for one in family())
