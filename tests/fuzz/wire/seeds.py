#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Writes what the fuzzer of the running module starts from: seeds.py FOLDER DICTIONARY

Seeds are the requests of tests/corpus, those that the fuzzer of a connection found, and scripts of
clients that do more than to send. script.h says what bytes from 0xf0 on mean.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent.parent
sys.path.insert(0, str(TESTS / "corpus"))
import corpus  # noqa: E402

CUT, SETTLE, FINISH, RESET, CLOSE, STAY, URGENT, DEAF, HEAR = (
    bytes([code]) for code in (0xf0, 0xf3, 0xf4, 0xf5, 0xf6, 0xfa, 0xfb, 0xfc, 0xfd))
LARGEST = 3000


def wait(milliseconds):
    return bytes([0xf1, milliseconds])


def read(blocks):
    return bytes([0xf2, blocks])


def change(number):
    return bytes([0xf7, number])


def window(power):
    return bytes([0xf8, power])


def repeat(size, times):
    return bytes([0xf9, size, times])


def single(count):
    return bytes([0xfe, count])


def said(data):
    """Bytes that stand for themselves."""
    return b"".join(b"\xff" + bytes([byte]) if byte >= 0xf0 else bytes([byte]) for byte in data)


def get(target, *fields, method="GET"):
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: x", *fields, "", ""]).encode()


def again(request, times):
    """A short request several times."""
    assert len(request) < 256
    return request + repeat(len(request), times - 1)


# A field of a head, and many of them.
FIELD = b"X-Y: " + b"z" * 90 + b"\r\n"
CHUNKED = get("/", "Transfer-Encoding: chunked", method="POST")
SCRIPTS = {
    "byte-by-byte": single(255) + get("/page.txt"),
    "pipelined": again(get("/page.txt"), 60),
    "pipelined-files": again(get("/large.bin"), 5),
    "half-closed": get("/medium.bin") + FINISH,
    "reset-within-a-reply": window(0) + get("/large.bin") + read(4) + RESET,
    "closed-within-a-reply": window(0) + get("/large.bin") + read(4) + CLOSE,
    "deaf": window(0) + DEAF + again(get("/medium.bin"), 20) + wait(9) + HEAR + SETTLE,
    "head-that-does-not-end": b"GET / HTTP/1.1\r\nHost: x\r\n" + STAY,
    "body-that-does-not-end": CHUNKED + b"5\r\nab" + CUT + STAY,
    "idle": get("/page.txt") + SETTLE + STAY,
    "urgent": get("/page.txt")[:20] + URGENT + get("/page.txt")[20:],
    "chunks": CHUNKED + b"1\r\nx\r\n" + repeat(6, 250) + b"0\r\nTrailer: x\r\n\r\n",
    "large-body": get("/", "Content-Length: 60000", method="POST") + again(b"x" * 240, 250),
    "too-large-body": get("/", "Content-Length: 160000", method="POST") + again(b"x" * 240, 250),
    "large-head": b"GET / HTTP/1.1\r\nHost: x\r\n" + again(FIELD, 250),
    # What is kept of it grows with each segment.
    "head-in-parts": b"GET /page.txt HTTP/1.1\r\nHost: x\r\n" + FIELD + single(60) +
                     repeat(len(FIELD), 60) + b"\r\n",
    "chunks-in-parts": CHUNKED + b"1\r\nx\r\n" + single(200) + repeat(6, 200) + b"0\r\n\r\n",
    "long-target": b"GET /" + b"a" * 200 + repeat(200, 50) + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "deaf-to-files": window(0) + DEAF + again(get("/large.bin"), 9) + wait(9) + HEAR + SETTLE,
    "expect": get("/", "Expect: 100-continue", "Content-Length: 3", method="POST") + SETTLE +
              b"abc",
    "continue": get("/", "Expect: 100-continue", "Content-Length: 3") + SETTLE + b"abc",
    "several": get("/")[:9] + change(1) + get("/medium.bin") + change(2) + get("/dir/") +
               change(0) + get("/")[9:],
    "range": get("/medium.bin", "Range: bytes=0-0"),
    "ranges": get("/medium.bin", "Range: bytes=0-9,100-199,-5") +
              get("/large.bin", "Range: bytes=-70000"),
    "ranges-of-nothing": get("/empty.bin", "Range: bytes=0-0") +
                         get("/empty.bin", "Range: bytes=1-") +
                         get("/small.bin", "Range: bytes=10-"),
    "range-if": get("/medium.bin", 'If-Range: "x"', "Range: bytes=1-2"),
    "listing": get("/dir/") + get("/dir"),
    "routes": get("/route") + get("/moved") + get("/none") + get("/busy"),
    "route-if": get("/route", "If-None-Match: *") + get("/route", "Range: bytes=1-2"),
    "dates": get("/page.txt", "If-Modified-Since: Sunday, 06-Nov-44 08:49:37 GMT") +
             get("/page.txt", "If-Modified-Since: Sun Nov  6 08:49:37 2044"),
    "coded": get("/coded.txt", "Accept-Encoding: gzip"),
    "not-there": get("/missing") + get("/secret.txt") + get("/dir/page.txt/x"),
    "conditions": get("/page.txt", "If-None-Match: *") + get("/page.txt", 'If-Match: "x"'),
    "head": get("/medium.bin", method="HEAD") + get("/missing", method="HEAD"),
    "options": get("*", method="OPTIONS") + get("/", method="DELETE"),
}
WORDS = ("/page.txt", "/medium.bin", "/large.bin", "/small.bin", "/empty.bin", "/dir/", "/empty/",
         "/coded.txt", "/route", "/moved", "/none", "/busy", "/missing", "/secret.txt", "HEAD ",
         "GET / HTTP/1.1", "Range: bytes=0-9,20-29", "Content-Length: 160000",
         "Expect: 100-continue", "If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT",
         "If-Match: *")


def inputs():
    """Names and contents."""
    for kind in ("stream", "reply", "condition"):
        for case in corpus.load(kind=kind):
            yield f"{case.file}.{case.name}", said(case.data)
    for path in sorted((TESTS / "fuzz" / "corpus" / "connection").iterdir()):
        yield path.name, said(path.read_bytes())
    for name, data in SCRIPTS.items():
        yield "script." + name, data


def quoted(data):
    return '"' + "".join(f"\\x{byte:02x}" for byte in data) + '"\n'


def main():
    folder, dictionary = (pathlib.Path(name) for name in sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in inputs():
        if len(data) <= LARGEST:
            (folder / name).write_bytes(data)
    actions = [CUT, SETTLE, FINISH, RESET, CLOSE, URGENT, DEAF, HEAR, wait(1), read(4), change(1),
               change(0), window(0), repeat(32, 9), repeat(255, 99), single(64)]
    dictionary.write_text((HERE.parent / "http.dict").read_text() +
                          "".join(map(quoted, actions + [word.encode() for word in WORDS])))


if __name__ == "__main__":
    main()
