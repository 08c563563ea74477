# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""khttpd with a site for clients of every kind, and what its access log says of their requests.

A test is called test_CLIENT_ACTION: docs/clients.md has a row for the client, which names the
action.
"""

import os
import re
import shutil
import subprocess
import typing

import pytest

import khttpd
import site_of_clients as site

OUT = "/tmp/fetched"
PACKAGES = ("curl wget wget2 aria2 axel lftp rclone zsync busybox-static apt git dnf ffmpeg mpv "
            "python3 nodejs golang-go openjdk-17-jdk-headless").split()
LOG = "/proc/net/khttpd/log"
LINE = re.compile(r'"(?P<method>\S+) (?P<target>\S+) HTTP/1\.[01]" (?P<status>\d+) ')


class Request(typing.NamedTuple):
    method: str
    target: str
    status: int


def tell_versions():
    with open("/results/versions", "wb") as file:
        subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES],
                       stdout=file, check=False)


@pytest.fixture(scope="session", autouse=True)
def served():
    tell_versions()
    site.make()
    # Clients that are emulated are slow, and so is what they are told to wait.
    assert khttpd.load(docroot=site.ROOT, access_log=1, access_log_size=4096, header_timeout=60,
                       linger_timeout=20, index="index.html", autoindex=1) == 0
    yield
    assert khttpd.unload() == 0


@pytest.fixture(autouse=True)
def out():
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    logged()


def logged():
    """The requests since it was called last."""
    with open(LOG, "rb", buffering=0) as file:
        text = b"".join(iter(lambda: file.read(65536), b"")).decode("ascii")
    return [Request(match["method"], match["target"], int(match["status"]))
            for match in LINE.finditer(text)]


def statuses(target):
    """What was answered to requests for it since the log was read."""
    return [request.status for request in logged() if request.target.partition("?")[0] == target]


def run(*command, ends=(0,), limit=120, home=True, **more):
    """Runs a client among the fetched files; what it printed."""
    environment = dict(os.environ, HOME=OUT if home else "/root", **more)
    done = subprocess.run(command, cwd=OUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=environment, timeout=khttpd.scaled(limit),
                          check=False)
    assert done.returncode in ends, (command, done.returncode, done.stdout[-1500:])
    return done.stdout.decode("utf-8", "replace")


def fetched(name):
    with open(os.path.join(OUT, name), "rb") as file:
        return file.read()


def begun(name, size=site.BIG // 3):
    """The file as a download that broke off has left it; its size."""
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(site.big()[:size])
    os.utime(os.path.join(OUT, name), (site.CHANGED, site.CHANGED))
    return size
