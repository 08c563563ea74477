# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""khttpdctl on the module: what tests/tool has a stand-in of. kmod's programs are stand-ins here,
as the machine has no folder of modules."""

import json
import os
import signal
import socket
import subprocess

import pytest

import khttpd
from network import run

TOOL = "/input/given/khttpdctl"
CONF = "/tmp/khttpd.conf"
BIN = "/tmp/khttpdctl-bin"
STUBS = {
    "modprobe": 'if [ "$1" = -r ]; then exec rmmod khttpd; fi\nshift 2\n'
                f'exec insmod {khttpd.MODULE} "$@"',
    "modinfo": 'case "$*" in "-p khttpd") echo "start:0 loads without a server (bool)" ;; esac',
}

pytestmark = [pytest.mark.skipif(not os.path.exists(TOOL), reason="khttpdctl was not given"),
              pytest.mark.changes]


@pytest.fixture(scope="module", autouse=True)
def programs():
    os.makedirs(BIN, exist_ok=True)
    os.makedirs("/run", exist_ok=True)
    for name, text in STUBS.items():
        with open(f"{BIN}/{name}", "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(f"{BIN}/{name}", 0o755)


@pytest.fixture(autouse=True)
def nothing_loaded(unloaded):
    yield
    if khttpd.loaded():
        assert khttpd.unload() == 0


def environment():
    return {**os.environ, "KHTTPD_CONF": CONF, "PATH": f"{BIN}:{os.environ['PATH']}"}


def ctl(status, *args, conf=None, before=()):
    if conf is not None:
        with open(CONF, "w", encoding="utf-8") as file:
            file.write(conf)
    done = subprocess.run([*before, TOOL, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False, env=environment())
    assert done.returncode == status, (args, done.stdout, done.stderr)
    return done.stdout + done.stderr


def test_start_to_stop():
    ctl(3, "status")
    ctl(0, "start", conf="port = 8090 # comment\ndocroot =\naccess_log = on\n")
    assert "answers with 200" in ctl(0, "health")
    assert json.loads(ctl(0, "status", "--json"))["port"] == 8090
    assert "port = 8090\n" in ctl(0, "show")
    assert json.loads(ctl(0, "log", "--json").splitlines()[0])["status"] == 200
    ctl(0, "reload", conf="port = 8091\ndocroot =\n[site a]\nreply = /x 200 text/plain yes\n")
    assert "port 8091 answers with 200" in ctl(0, "health")
    ctl(0, "restart")
    ctl(0, "stop")
    assert not khttpd.loaded()


def test_refused():
    told = ctl(78, "start", conf="docroot =\n[site a]\ndocroot = /nowhere\n")
    assert f"{CONF}:3:11: error: docroot=/nowhere" in told
    assert not khttpd.loaded()
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        taken = f"port = {other.getsockname()[1]}\ndocroot =\n"
        assert "Address already in use" in ctl(71, "start", conf=taken)
        assert not khttpd.loaded()
        ctl(0, "start", conf="port = 8090\ndocroot =\n")
        assert "the old configuration is still in force" in ctl(75, "reload", conf=taken)
        assert "port 8090 answers" in ctl(0, "health")


def begin(*before):
    process = subprocess.Popen([*before, TOOL, "run"], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, env=environment())
    assert "serving on port 8090" in process.stdout.readline()
    return process


def test_run():
    ctl(0, "check", conf="port = 8090\ndocroot =\n")
    with begin() as process:
        ctl(0, "health")
        ctl(0, "check", conf="port = 8090\nbody = other\ndocroot =\n")
        process.send_signal(signal.SIGHUP)
        assert "applied" in process.stdout.readline()
        assert 'body = other\n' in ctl(0, "show")
        process.terminate()
        assert process.wait(khttpd.scaled(20)) == 0
    assert not khttpd.loaded()


def test_run_in_a_namespace():
    """The server ends with its process, whatever ends that; the first namespace has none."""
    assert khttpd.load(start=0, namespaces=1) == 0
    run("ip", "netns", "add", "blue")
    inside = ["ip", "netns", "exec", "blue"]
    try:
        run(*inside, "ip", "link", "set", "lo", "up")
        assert "khttpdctl run" in ctl(69, "start", conf="port = 8090\ndocroot =\n", before=inside)
        with begin(*inside) as process:
            ctl(0, "health", before=inside)
            ctl(1, "health")
            ctl(75, "run", before=inside)
            process.kill()
        assert khttpd.wait_for(lambda: subprocess.run(
            [*inside, TOOL, "status"], stdout=subprocess.DEVNULL, check=False,
            env=environment()).returncode == 3)
    finally:
        run("ip", "netns", "del", "blue")
