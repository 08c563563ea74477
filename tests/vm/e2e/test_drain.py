# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A server that drains: nobody is cut off, and everybody is asked to go."""

import contextlib
import os
import subprocess

import pytest

import khttpd
from folder import Folder
from http_client import Client, get

TOOL = "/input/given/khttpdctl"
SITE = Folder("/tmp/drain")
TEXT = (f"docroot = {SITE.path}\nkeepalive_timeout = 600\n"
        'reply = /health 200 text/plain "ok\\n" drain=503\n')

pytestmark = [pytest.mark.changes, pytest.mark.params(start=0)]


@pytest.fixture(autouse=True)
def served(loaded):
    with SITE:
        SITE.write("name", b"here\n")
        SITE.settle()
        assert khttpd.commit(TEXT) == (0, "")
        yield


@pytest.mark.parametrize("path, body", [("/name", b"here\n"), ("/health", b"ok\n")])
def test_each_has_its_last_reply(path, body):
    """On connections that were there and on new ones, kept in memory or not."""
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(Client()) for _ in range(3)]
        for client in kept:
            reply = get(client, path)
            assert (reply.status, reply.body, reply.closes) == (200, body, False)
        assert khttpd.status()["draining"] == 0
        assert khttpd.commit(TEXT + "drain = 1\n") == (0, "")
        assert khttpd.status()["draining"] == 1
        assert khttpd.status()["connections_active"] == 3
        status = 503 if path == "/health" else 200
        for client in [*kept, *(stack.enter_context(Client()) for _ in range(2))]:
            reply = get(client, path)
            assert (reply.status, reply.body, reply.closes) == (status, body, True)
            assert client.closed()
        khttpd.wait_for(lambda: khttpd.status()["connections_active"] == 0)
    assert khttpd.commit(TEXT) == (0, "")
    with Client() as client:
        for _ in range(2):
            reply = get(client, path)
            assert (reply.status, reply.closes) == (200, False)


@pytest.mark.skipif(not os.path.exists(TOOL), reason="khttpdctl was not given")
def test_khttpdctl_waits():
    with Client() as client:
        get(client, "/name")
        done = subprocess.run([TOOL, "drain", "--timeout", "1"], stderr=subprocess.PIPE, text=True,
                              check=False)
        assert (done.returncode, done.stderr) == (1, "khttpdctl: 1 connection left after 1 s\n")
        with subprocess.Popen([TOOL, "drain", "--timeout", "60"], stdout=subprocess.PIPE,
                              text=True) as draining:
            assert get(client, "/name").closes
            client.close()
            assert draining.stdout.read() == "khttpdctl: drained: no connection is left\n"
        assert draining.returncode == 0
    assert khttpd.in_force().count("drain = 1\n") == 1
