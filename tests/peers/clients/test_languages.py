# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The HTTP clients that languages come with: each program fetches, resumes, revalidates, and asks
for a query with marks in it. It prints what it was answered."""

import hashlib
import http.client
import os
import urllib.error
import urllib.request

from conftest import OUT, run, statuses
from site_of_clients import BIG, URL, big

HALF = BIG // 2
DIGEST = hashlib.sha256(big()).hexdigest()
REST = hashlib.sha256(big()[HALF:]).hexdigest()
# Status and digest of the whole, status and digest of the rest, status of the question whether it
# has changed, status of a query with marks.
WANTED = ["200", DIGEST, "206", REST, "304", "200"]
HERE = os.path.dirname(os.path.abspath(__file__))


def words_of(*command, limit=120, **more):
    return run(*command, limit=limit, **more).split()


def test_python_fetch():
    with urllib.request.urlopen(URL + "/big") as reply:
        assert reply.read() == big()


def test_python_resume():
    request = urllib.request.Request(URL + "/big", headers={"Range": f"bytes={HALF}-"})
    with urllib.request.urlopen(request) as reply:
        assert reply.status == 206 and reply.read() == big()[HALF:]


def test_python_revalidate():
    connection = http.client.HTTPConnection("127.0.0.1", 8081)
    connection.request("GET", "/page.html")
    reply = connection.getresponse()
    reply.read()
    fields = {"If-None-Match": reply.getheader("ETag"),
              "If-Modified-Since": reply.getheader("Last-Modified")}
    connection.request("GET", "/page.html", headers=fields)
    reply = connection.getresponse()
    assert (reply.status, reply.read()) == (304, b"")
    connection.request("POST", "/page.html", body=b"x" * 100000)
    reply = connection.getresponse()
    assert (reply.status, bool(reply.read())) == (405, True)
    connection.close()
    assert statuses("/page.html") == [200, 304, 405]


def test_node_fetch_resume_revalidate():
    assert words_of("node", HERE + "/client.mjs", URL, str(HALF)) == WANTED


def test_go_fetch_resume_revalidate():
    assert words_of("go",
                    "run", HERE + "/client.go", URL, str(HALF), limit=400, GOCACHE=OUT + "/cache",
                    GO111MODULE="off") == WANTED


def test_java_fetch_resume_revalidate():
    assert words_of("java", "-XX:TieredStopAtLevel=1",
                    HERE + "/Client.java", URL, str(HALF), limit=300) == WANTED
