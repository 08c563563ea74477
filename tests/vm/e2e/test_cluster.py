# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Three nodes behind IPVS and keepalived, with the files of docs/examples/cluster: how many
requests fail when a node leaves, comes, breaks or changes."""

import contextlib
import os
import signal
import subprocess
import time

import pytest

import khttpd
from cluster import COUNT, DIRECT, NAT, ROOT, TOOL, Cluster, example, record, run
from whole import seldom

pytestmark = [pytest.mark.stock, pytest.mark.changes,
              pytest.mark.params(start=0, namespaces=1),
              pytest.mark.skipif(not os.path.exists(TOOL), reason="khttpdctl was not given")]
LONG = pytest.mark.long()
# Seconds after which keepalived has noticed, as `roll` has them: a check each second, and one more.
NOTICE = 5
# The longest that a dead node takes: two checks that wait for two seconds each, and their pauses.
NOTICE_OF_DEATH = 8
STOP_AND_START = f"{ROOT}/service stop && sleep 1 && {ROOT}/service start"


@pytest.fixture(params=[NAT, seldom(DIRECT)])
def cluster(loaded, request):
    with Cluster(request.param) as made:
        yield made


@pytest.fixture
def checked(cluster):
    """With keepalived, which has found all nodes well."""
    cluster.keepalived()
    cluster.balances(*cluster.nodes)
    return cluster


def shares(load):
    return [load.replies.get(f"n{number}", 0) for number in range(1, COUNT + 1)]


def roll(command, *nodes):
    return example("roll", command, *(node.name for node in nodes), NOTICE=str(NOTICE))


def test_cluster_drained_then_stopped(checked):
    """Nobody loses a request to a node that drains, then stops, then comes back."""
    turns = 10 if khttpd.WHOLE else 1
    requests = 0
    for turn in range(turns):
        node = checked.nodes[turn % COUNT]
        with checked.load() as load:
            time.sleep(1)
            roll(STOP_AND_START, node)
            time.sleep(1)
        assert load.failures == []
        assert load.replies[node.name] > 0 and load.asked_to_leave > 0
        requests += load.requests
    assert requests > 100 * turns
    record(f"drained, then stopped, {turns} times", checked.way, requests, 0)


@LONG
def test_cluster_balances_new_connections(cluster):
    cluster.rules()
    with cluster.load(requests=(1, 1)) as load:
        time.sleep(5)
    assert load.failures == []
    assert min(shares(load)) >= load.requests // COUNT - 3
    record("new connections, balanced by ipvsadm", cluster.way, load.requests, 0,
           f"nodes: {shares(load)}")


@LONG
def test_cluster_balances_kept_connections(cluster):
    cluster.rules()
    with cluster.load(clients=9, requests=(10**9, 10**9)) as load:
        time.sleep(5)
        each = [node.status("connections_active") for node in cluster.nodes]
    assert load.failures == []
    assert each == [3, 3, 3]
    record("kept connections, balanced by ipvsadm", cluster.way, load.requests, 0,
           f"nodes: {shares(load)}")


def failed_after(load, moment):
    return [failure for failure in load.failures if failure[0] > moment]


@LONG
def test_cluster_link_dies(checked):
    """Requests are lost on their way to the node, until the check has noticed."""
    node = checked.nodes[1]
    others = [other for other in checked.nodes if other is not node]
    with checked.load() as load:
        time.sleep(3)
        run("ip", "-n", node.name, "link", "set", "lan", "down")
        died = time.monotonic()
        checked.balances(*others)
        noticed = time.monotonic()
        time.sleep(20)
        run("ip", "-n", node.name, "link", "set", "lan", "up")
        run("ip", "-n", node.name, "route", "add", "default", "via", "192.0.2.1")
        checked.balances(*checked.nodes)
        time.sleep(3)
    assert load.replies[node.name] > 0
    assert failed_after(load, noticed) == []
    # Each client waits for one reply or connection, which it gives up after all is over.
    assert 0 < len(load.failures) <= 6
    assert noticed - died < khttpd.scaled(NOTICE_OF_DEATH)
    record("link of a node dies", checked.way, load.requests, len(load.failures),
           f"noticed after {noticed - died:.1f} s, none that began later")


@LONG
def test_cluster_stopped_without_a_drain(checked):
    """What a drain is for."""
    node = checked.nodes[2]
    with checked.load() as load:
        time.sleep(3)
        node.run(f"{ROOT}/service kill")
        checked.balances(*checked.nodes[:2])
        noticed = time.monotonic()
        time.sleep(3)
        node.run(f"{ROOT}/service start")
        checked.balances(*checked.nodes)
    assert failed_after(load, noticed) == []
    assert load.failures
    record("stopped without a drain", checked.way, load.requests, len(load.failures),
           "until the check noticed")


@LONG
def test_cluster_rolling_upgrade(checked):
    """All nodes change their configuration at once, then each is stopped and started."""
    with checked.load() as load:
        time.sleep(1)
        for node in checked.nodes:
            with open(node.folder + "/new.conf", "a", encoding="ascii") as file:
                file.write("header = set X-Release 2\n")
            node.set_up()
            assert node.get("/page.txt").field("x-release") == "2"
        said = roll(STOP_AND_START, *checked.nodes)
        time.sleep(1)
    assert said.count("drained: no connection is left") == COUNT
    assert load.failures == []
    assert min(shares(load)) > 0
    record("rolling upgrade of three nodes", checked.way, load.requests, 0,
           f"nodes: {shares(load)}")


@LONG
def test_cluster_refused_configuration(checked):
    """A node that is given what it cannot take keeps what it has, and says so."""
    node = checked.nodes[0]
    with open(node.conf, encoding="ascii") as file:
        good = file.read()
    with checked.load() as load:
        time.sleep(1)
        with contextlib.closing(TakenPort(node, 8080)):
            for change, status, reason in (
                    ("prot = 80\n", 78, "unknown setting `prot'; did you mean port?"),
                    ("port = 8080\n", 75, "address in use")):
                node.write("khttpd.conf", good.replace("port = 80\n", change))
                ended, said = node.attempt("khttpdctl reload")
                assert ended == status and reason in said, said
                assert "port = 80\n" in node.run("khttpdctl show --canonical")
                checked.balances(*checked.nodes)
                time.sleep(2)
    assert load.failures == [] and load.replies[node.name] > 0
    record("a node refuses its configuration, twice", checked.way, load.requests, 0,
           "exit status 78 and 75")


class TakenPort:
    """A program of the node's has it."""

    def __init__(self, node, port):
        self.process = subprocess.Popen(
            [ROOT + "/rsh", node.name, f"exec nc -l -p {port}"])
        assert khttpd.wait_for(
            lambda: f":{port} " in node.run("ss -Hltn"), 20)

    def close(self):
        self.process.kill()
        self.process.wait()


@LONG
def test_cluster_node_added(cluster):
    """The director is told of one more, while clients are served."""
    text = cluster.example_text(f"keepalived-{cluster.way}.conf")
    daemon = cluster.keepalived(text)
    cluster.balances(*cluster.nodes)
    with cluster.load() as load:
        time.sleep(2)
        cluster.start(cluster.spare)
        last = text[text.index("\treal_server 192.0.2.13"):]
        assert last.endswith("\t}\n}\n")
        with open(ROOT + "/keepalived.conf", "a", encoding="ascii") as file:
            file.truncate(file.tell() - 2)
            file.write("\n" + last.replace("192.0.2.13", cluster.spare.address))
        daemon.send_signal(signal.SIGHUP)
        cluster.balances(*cluster.nodes, cluster.spare)
        time.sleep(5)
    assert load.failures == []
    assert load.replies[cluster.spare.name] > load.requests // 20
    record("a node added", cluster.way, load.requests, 0,
           f"nodes: {shares(load) + [load.replies[cluster.spare.name]]}")
