# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Containers of systemd-nspawn, as in docs/examples: they serve, and see nothing of others."""

import os
import signal
import socket
import subprocess

import pytest

import khttpd
from containers import GIVEN_TOOL, containers, things
from folder import Folder
from http_client import Client, get

MACHINE = Folder("/tmp/machine-site")
CONF = "docroot = /var/www/khttpd\naccess_log = on\ndrain_timeout = 60\n"

pytestmark = [pytest.mark.skipif(not os.path.exists(GIVEN_TOOL), reason="khttpdctl was not given"),
              pytest.mark.stock, pytest.mark.changes,
              pytest.mark.params(start=0, namespaces=1)]


@pytest.fixture(autouse=True)
def nothing_is_left(loaded):
    """The machine serves as well, on the same port; what the containers took is free in the end."""
    before = things()
    with MACHINE:
        MACHINE.write("index.html", b"of the machine\n")
        MACHINE.write("machine", b"of the machine alone\n")
        assert khttpd.commit(f"docroot = {MACHINE.path}\naccess_log = 1\n") == (0, "")
        yield
    assert khttpd.wait_for(lambda: things() == before, 20), things() ^ before
    assert khttpd.unload() == 0


def curl(url):
    """Status and content, as the machine gets them."""
    done = subprocess.run(["curl", "-s", "--max-time", "30", "-w", "%{http_code}", url],
                          stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout[-3:], done.stdout[:-3]


def of(container, path="/"):
    return curl(f"http://{container.address}:8081{path}")


def refused(container):
    with socket.socket() as peer:
        peer.settimeout(khttpd.scaled(5))
        return peer.connect_ex((container.address, 8081)) != 0


def begin(container, text=CONF, **files):
    container.write(text, **files)
    container.start()
    assert container.ready(), container.said()


def counter(container, name):
    text = container.inside("cat", "/proc/net/khttpd/status")
    return int(dict(line.split(" ", 1) for line in text.splitlines())[name])


def test_from_start_to_stop():
    with containers("one") as (one,):
        begin(one, index="page of one\n")
        assert of(one, "/index") == ("200", "page of one\n")
        # Inside, by the container's own address and by loopback.
        assert one.inside("curl", "-sS", "http://127.0.0.1:8081/index") == "page of one\n"
        assert one.inside("khttpdctl", "health", "-q") == ""
        assert one.inside("cat", "/proc/1/comm") == "khttpdctl\n"
        one.write(CONF + "port = 8082\n")
        one.reload("applied")
        assert refused(one)
        assert curl(f"http://{one.address}:8082/index") == ("200", "page of one\n")
        one.write(CONF + "port = 0\n")
        one.reload("still in force")
        assert curl(f"http://{one.address}:8082/index") == ("200", "page of one\n")
        with Client(address=one.address, port=8082) as client:
            assert get(client, "/index").status == 200
            one.process.terminate()
            # It drains first, as that connection is open.
            config = "cat", "/proc/net/khttpd/config"
            assert khttpd.wait_for(lambda: "\ndrain = 1\n" in one.inside(*config), 20)
            assert get(client, "/index").status == 200
        assert one.ended() == 0, one.said()
        assert "no connection is left" in one.said() and "first network" not in one.said()
        assert curl(f"http://{one.address}:8082/index")[0] == "000"


def test_what_it_sees_of_the_machine():
    """Neither its files nor its log nor its counters; its tool neither changes nor ends it."""
    with containers("one") as (one,):
        begin(one, index="page of one\n")
        before = khttpd.status()["requests"]
        assert of(one, "/index")[0] == "200" and of(one, "/machine")[0] == "404"
        assert counter(one, "requests") == 2 and khttpd.status()["requests"] == before
        assert curl("http://127.0.0.1:8081/machine") == ("200", "of the machine alone\n")
        log = one.inside("cat", "/proc/net/khttpd/log")
        assert log.count("GET /index") == 1 and "10.77.1.1 " in log and "127.0.0.1" not in log
        with open("/proc/net/khttpd/log", encoding="ascii") as file:
            log = file.read()
        assert "GET /machine" in log and "GET /index" not in log
        assert "/var/www/khttpd" in one.inside("khttpdctl", "show")
        one.write(f"docroot = {MACHINE.path}\n")
        one.reload("no such directory")
        assert of(one, "/index")[0] == "200"
        one.write(CONF)
        for command in (["start", "-f", "/etc/khttpd/khttpd.conf"], ["stop"]):
            with pytest.raises(subprocess.CalledProcessError) as failed:
                one.inside("khttpdctl", *command)
            assert failed.value.returncode == 69
        assert curl("http://127.0.0.1:8081/machine")[0] == "200"
        assert one.stop() == 0
        assert curl("http://127.0.0.1:8081/machine")[0] == "200"


def test_two_do_not_see_each_other():
    with containers("one", "two") as (one, two):
        begin(one, index="page of one\n", one="one alone\n")
        begin(two, CONF + "max_connections_per_address = 2\n", index="page of two\n")
        for _ in range(3):
            assert of(one, "/index") == ("200", "page of one\n")
        assert of(two, "/index") == ("200", "page of two\n")
        assert of(two, "/one")[0] == "404"
        assert (counter(one, "requests"), counter(two, "requests")) == (3, 2)
        assert "GET /one" not in one.inside("cat", "/proc/net/khttpd/log")
        with Client(address=two.address) as first, Client(address=two.address) as second:
            assert get(first, "/index").status == get(second, "/index").status == 200
            assert of(one, "/one") == ("200", "one alone\n") and of(two, "/index")[0] != "200"
        assert one.stop() == 0
        assert of(two, "/index") == ("200", "page of two\n")
        assert two.stop() == 0


def test_killed():
    """However it ends, its server ends with it."""
    with containers("one", "two") as (one, two):
        for container in (one, two):
            begin(container, index="page\n")
        os.kill(int(one.leader), signal.SIGKILL)
        two.process.kill()
        for container in (one, two):
            assert container.ended() != 0
            assert khttpd.wait_for(lambda where=container: refused(where), 20)


def test_unloaded_meanwhile():
    """The containers end by themselves once the module is gone, and say why."""
    with containers("one") as (one,):
        begin(one, index="page of one\n")
        assert khttpd.unload() == 0
        assert one.ended() == 3
        assert "khttpd was unloaded" in one.said()
        assert khttpd.load(start=0, namespaces=1) == 0


@pytest.mark.params(start=0, namespaces=0)
def test_not_allowed():
    with containers("one") as (one,):
        one.write(CONF)
        one.start()
        assert not one.ready()
        assert one.ended() == 69
        assert "namespaces=1" in one.said()
