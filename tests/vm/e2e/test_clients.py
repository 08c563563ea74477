# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What curl and wget make of the server: each of their ways to fetch, resume, ask and refuse."""

import email
import gzip
import http.client
import os
import random
import shutil
import subprocess
import time

import pytest

import khttpd
from folder import Folder

ROOT = "/var/tmp/clients"
SITE = Folder(ROOT)
write = SITE.write
OUT = "/tmp/fetched"
URL = "http://127.0.0.1:8081/"
MIDDLE = (3 << 20) + 17
# Longer than the server takes to look at a kept file again.
RECHECK = 1.3

pytestmark = [pytest.mark.params(docroot=ROOT), pytest.mark.long("debug")]


def noise(size, seed=0):
    return random.Random(seed).randbytes(size)


def fetched(name):
    with open(os.path.join(OUT, name), "rb") as file:
        return file.read()


@pytest.fixture(scope="module", autouse=True)
def site():
    with SITE:
        write("middle", noise(MIDDLE))
        write("page.html", b"<!DOCTYPE html><p>line</p>\n" * 500)
        write("page.html.gz", gzip.compress(b"<!DOCTYPE html><p>line</p>\n" * 500))
        yield


@pytest.fixture(autouse=True)
def out():
    with Folder(OUT):
        yield


def run(*command, ends=0, limit=60):
    """Runs a client among the fetched files; what it printed."""
    done = subprocess.run(command, cwd=OUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=khttpd.scaled(limit))
    assert done.returncode == ends, (command, done.returncode, done.stderr[-500:])
    return done.stdout


def curl(*options, **how):
    return run("curl", "-sS", *options, **how)


def told(name, *options):
    """Status, and what curl says it received, of a request whose content goes to the file x."""
    words = curl("-o", "x", "-w", "%{http_code} %{size_download} %{content_type}", *options,
                 URL + name).decode().split(" ", 2)
    return int(words[0]), int(words[1]), words[2]


# --- parts of a file ---

@pytest.mark.parametrize("asked, first, last", [
    ("0-0", 0, 0), ("0-4095", 0, 4095), ("4000-1050000", 4000, 1050000),
    (f"{MIDDLE - 1}-", MIDDLE - 1, MIDDLE - 1), ("-1000", MIDDLE - 1000, MIDDLE - 1),
    ("2000000-", 2000000, MIDDLE - 1), ("3000000-99999999", 3000000, MIDDLE - 1)])
def test_curl_range(both_ways, asked, first, last):
    status, size, _ = told("middle", "-r", asked)
    assert (status, size) == (206, last - first + 1)
    assert fetched("x") == noise(MIDDLE)[first:last + 1]


def test_curl_range_outside(both_ways):
    assert told("middle", "-r", f"{MIDDLE}-")[0] == 416
    # 22: what curl ends with when -f meets an error.
    curl("-f", "-r", f"{MIDDLE}-", URL + "middle", ends=22)


def test_curl_several_ranges(both_ways):
    status, _, kind = told("middle", "-r", "0-9,1000000-1000099,-5")
    assert status == 206
    data = noise(MIDDLE)
    message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\n\n" + fetched("x"))
    parts = message.get_payload()
    assert [part["Content-Range"] for part in parts] == [
        f"bytes 0-9/{MIDDLE}", f"bytes 1000000-1000099/{MIDDLE}",
        f"bytes {MIDDLE - 5}-{MIDDLE - 1}/{MIDDLE}"]
    # The parser of mail changes line ends within parts, so the bytes are looked for in the whole.
    at = 0
    for wanted in (data[:10], data[1000000:1000100], data[-5:]):
        at = fetched("x").index(b"\r\n\r\n" + wanted + b"\r\n--", at) + 1


# --- a download that broke off ---

def interrupted(name):
    """A first attempt that ends in the midst of it; the size of what it left.

    By the pipe, not by time: a client with a limited rate may have the whole when looked at."""
    client = subprocess.Popen(["curl", "-sS", URL + name], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    try:
        begin = client.stdout.read(MIDDLE // 3)
    finally:
        client.kill()
        client.stdout.close()
        client.wait()
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(begin)
    return len(begin)


def test_curl_resumes_what_was_interrupted(both_ways):
    have = interrupted("middle")
    assert have == MIDDLE // 3
    more = curl("-f", "-C", "-", "-O", "-w", "%{http_code} %{size_download}", URL + "middle")
    assert more == f"206 {MIDDLE - have}".encode()
    assert fetched("middle") == noise(MIDDLE)
    # Once more with nothing left to fetch: 416, which curl takes for done.
    curl("-C", "-", "-O", URL + "middle")
    assert fetched("middle") == noise(MIDDLE)


def test_wget_resumes_what_was_interrupted(both_ways):
    have = interrupted("middle")
    run("wget", "-nv", "-c", "-S", "-o", "log", URL + "middle")
    assert b"206 Partial Content" in fetched("log")
    assert f"Content-Range: bytes {have}-{MIDDLE - 1}/{MIDDLE}".encode() in fetched("log")
    assert fetched("middle") == noise(MIDDLE)
    run("wget", "-nv", "-c", URL + "middle")
    assert fetched("middle") == noise(MIDDLE)


def test_wget_fetches_what_is_newer(loaded):
    write("news", b"old\n", age=3600)
    for content, status in ((b"old\n", b"200"), (b"old\n", b"304"), (b"new!\n", b"200")):
        if content != b"old\n":
            write("news", content)
            time.sleep(RECHECK)
        run("wget", "-nv", "-N", "-S", "-o", "log", URL + "news")
        assert b"HTTP/1.1 " + status in fetched("log")
        assert fetched("news") == content


# --- what is sent, and what is not ---

def test_curl_compressed(both_ways):
    plain = b"<!DOCTYPE html><p>line</p>\n" * 500
    packed = os.path.getsize(ROOT + "/page.html.gz")
    assert told("page.html", "--compressed")[:2] == (200, packed)
    assert fetched("x") == plain
    assert told("page.html")[:2] == (200, len(plain))
    assert fetched("x") == plain
    # No packed neighbour.
    assert told("middle", "--compressed")[:2] == (200, MIDDLE)
    assert fetched("x") == noise(MIDDLE)


def fields(block):
    """Status line and fields of a head, without those that change with time."""
    first, *lines = block.decode().strip().split("\r\n")
    pairs = dict(line.split(": ", 1) for line in lines)
    assert pairs.pop("Date").endswith(" GMT")
    return first, pairs


def test_curl_head(both_ways):
    head = fields(curl("-I", URL + "middle"))
    curl("-D", "head", "-o", "x", URL + "middle")
    assert head == fields(fetched("head"))
    assert head[0] == "HTTP/1.1 200 OK"
    assert head[1]["Content-Length"] == str(MIDDLE)
    assert fields(curl("-I", URL + "none"))[0] == "HTTP/1.1 404 Not Found"


def test_curl_time_condition(both_ways):
    write("dated", b"first\n", age=3600)
    assert told("dated", "-R")[0] == 200
    copy = OUT + "/copy"
    shutil.copy2(OUT + "/x", copy)
    assert abs(os.path.getmtime(copy) - os.path.getmtime(ROOT + "/dated")) <= 1
    assert told("dated", "-z", copy)[:2] == (304, 0)
    write("dated", b"second\n")
    time.sleep(RECHECK)
    assert told("dated", "-z", copy)[0] == 200
    assert fetched("x") == b"second\n"
    # With a minus the condition is If-Unmodified-Since.
    assert told("dated", "-z", "-" + copy)[0] == 412
    assert told("dated", "-z", "-tomorrow")[0] == 200


def test_curl_etag(both_ways):
    write("tagged", b"first\n", age=3600)
    save, compare = ("--etag-save", "tag"), ("--etag-compare", "tag")
    assert told("tagged", *save)[0] == 200
    assert fetched("tag").startswith(b'"')
    assert told("tagged", *compare)[:2] == (304, 0)
    write("tagged", b"second\n")
    time.sleep(RECHECK)
    assert told("tagged", *compare, *save)[0] == 200
    assert fetched("x") == b"second\n"
    assert told("tagged", *compare)[:2] == (304, 0)


# --- versions, methods ---

def test_curl_versions(both_ways):
    # RFC 9110 section 2.5: the reply names the version that the server itself is of.
    for option in ("--http1.0", "--http1.1", "--http2"):
        curl("-f", option, "-D", "head", "-o", "x", URL + "page.html")
        assert fetched("head").startswith(b"HTTP/1.1 200 OK\r\n"), option
        assert (b"\r\nConnection: close\r\n" in fetched("head")) == (option == "--http1.0")
        assert fetched("x") == b"<!DOCTYPE html><p>line</p>\n" * 500
    # With keep-alive asked for, also the old version uses one connection.
    made = curl("--http1.0", "-H", "Connection: keep-alive", "-o", "x", "-o", "y", "-w",
                "%{num_connects} ", URL + "page.html", URL + "page.html")
    assert made == b"1 0 "


@pytest.mark.parametrize("size, status", [
    (10, b"405 Method Not Allowed"), (1 << 20, b"405 Method Not Allowed"),
    ((1 << 20) + 1, b"413 Content Too Large"), (8 << 20, b"413 Content Too Large")])
def test_curl_upload(both_ways, size, status):
    """Refused, also when curl asks first, as it does from 1 MiB on (Expect: 100-continue)."""
    with open(OUT + "/body", "wb") as file:
        file.write(noise(size))
    curl("-T", "body", "-D", "head", "-o", "x", URL + "page.html")
    assert b"HTTP/1.1 " + status + b"\r\n" in fetched("head")
    if status.startswith(b"405"):
        assert b"\r\nAllow: GET, HEAD, OPTIONS\r\n" in fetched("head")
    assert told("page.html")[0] == 200


def test_uploads_see_why(both_ways):
    """wget and Python read the reply when all of the body is sent, however much that is."""
    body = noise(48 << 20)
    with open(OUT + "/body", "wb") as file:
        file.write(body)
    for method in ("POST", "PUT"):
        run("wget", "-S", "-o", "log", "-t", "1", "--method", method, "--body-file", "body",
            URL + "page.html", ends=8)
        assert b" 413 Content Too Large" in fetched("log")
        for chunked in (False, True):
            connection = http.client.HTTPConnection("127.0.0.1", 8081, timeout=60)
            data = iter([body]) if chunked else body
            connection.request(method, "/page.html", data, encode_chunked=chunked)
            assert connection.getresponse().status == 413
            connection.close()


def test_curl_other_methods(both_ways):
    curl("-X", "OPTIONS", "-D", "head", "-o", "x", URL + "page.html")
    assert fetched("head").startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"\r\nAllow: GET, HEAD, OPTIONS\r\n" in fetched("head")
    curl("-X", "OPTIONS", "--request-target", "*", "-D", "head", "-o", "x", URL)
    assert fetched("head").startswith(b"HTTP/1.1 204 No Content\r\n")
    assert told("page.html", "-X", "DELETE")[0] == 405
    assert told("page.html", "-d", "a=b")[0] == 405
    assert told("page.html", "-X", "BREW")[0] == 501
