# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The corpus of tests/corpus against the live server: whole, and small ones in every two parts."""

import os
import sys
import time

import pytest

import khttpd
from http_client import Client

CORPUS = "/input/corpus"
SMALL = 120
# Of the two-way splits every so manieth is tried here, a different one for each case; the unit
# tests try them all.
STEP = 29 if khttpd.DEBUG else 4 if khttpd.WHOLE else 9

if os.path.exists(CORPUS + "/corpus.py"):
    sys.path.insert(0, CORPUS)
    import corpus
    CASES = corpus.load(kind="stream")
    REPLIES = corpus.load(kind="reply")
else:
    CASES = []
    REPLIES = []


def expected(case):
    """Statuses in order (None: any final one), and whether the server closes by itself."""
    statuses, closes = [], False
    for event in case.events:
        words = event.split()
        if words[0] == "request":
            if "continue" in words:
                statuses.append((100, "continue"))
            statuses.append((None, words[1]))
            closes = closes or "close" in words[4:]
        elif words[0] == "bad":
            # The reply to a request whose body turns out bad may not have been sent yet.
            statuses.append((int(words[1]), "bad"))
            closes = True
    return statuses, closes


def read_replies(client, statuses):
    """Reads what the server says and holds it against what is expected."""
    got = []
    try:
        for _, method in statuses:
            reply = client.reply(head=method == "HEAD")
            got.append(reply.status)
            while reply.status == 100:
                reply = client.reply(head=method == "HEAD")
                got.append(reply.status)
            if reply.closes:
                break
    except (EOFError, ConnectionResetError) as error:
        got.append(type(error).__name__)
    return got


def check(case, pieces):
    statuses, closes = expected(case)
    with Client() as client:
        try:
            for number, piece in enumerate(pieces):
                if number:
                    time.sleep(0.002)
                client.send(piece)
            client.half_close()
        except OSError:
            pass
        got = [status for status in read_replies(client, statuses) if status != 100]
        if "ConnectionResetError" in got:
            raise AssertionError(f"{case.file} {case.name}: reset after {got[:-1]}")
        got = [status for status in got if status != "EOFError"]
        rest = client.rest()
    finals = [status for status, kind in statuses if kind != "continue"]
    bad = [status for status in finals if status]
    if bad:
        # A body refused after its head: the request may have had no reply of its own.
        assert got and got[-1] == bad[-1], (case.file, case.name, got, finals)
        assert len(finals) - 1 <= len(got) <= len(finals), (got, finals)
    elif "more" in case.events:
        assert len(got) >= len(finals) - 1, (case.name, got, finals)
    else:
        assert len(got) == len(finals), (case.name, got, finals)
        assert rest == b"", (case.name, rest)
    return got


@pytest.mark.skipif(not CASES, reason="no corpus in this tree")
@pytest.mark.parametrize("file", sorted({case.file for case in CASES}))
def test_corpus(both_ways, file):
    for case in CASES:
        if case.file == file:
            check(case, [case.data])


@pytest.mark.skipif(not CASES, reason="no corpus in this tree")
@pytest.mark.long("debug")
@pytest.mark.parametrize("file", sorted({case.file for case in CASES}))
def test_corpus_in_two_parts(loaded, file):
    for number, case in enumerate(CASES):
        if case.file != file or len(case.data) > SMALL:
            continue
        whole = check(case, [case.data])
        for cut in range(1 + number % STEP, len(case.data), STEP):
            assert check(case, [case.data[:cut], case.data[cut:]]) == whole, (case.name, cut)


@pytest.mark.skipif(not REPLIES, reason="no corpus in this tree")
def test_corpus_of_replies(both_ways):
    for case in REPLIES:
        with Client() as client:
            client.send(case.data)
            methods = [line.split(b" ")[0] for line in case.data.split(b"\r\n")
                       if line.endswith(b" HTTP/1.1")]
            for method, event in zip(methods, case.events):
                reply = client.reply(head=method == b"HEAD")
                allow = reply.field("allow")
                assert event == f"{reply.status}" + (f" allow {allow}" if allow else "") + \
                    (" close" if reply.closes else ""), case.name
            client.half_close()
            assert client.closed(), case.name
