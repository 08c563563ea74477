# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""haproxy on the director, with TLS and HTTP/2, in front of three nodes: docs/examples/cluster."""

import collections
import os
import re
import subprocess
import time

import pytest

import khttpd
from access_log import fields_of
from cluster import ADDRESSES, CLIENT, EXAMPLES, NAT, PAGE, ROOT, TOOL, Cluster, example, \
    in_namespace, record, run
from test_cluster import NOTICE, STOP_AND_START

pytestmark = [pytest.mark.stock, pytest.mark.changes, pytest.mark.long(),
              pytest.mark.params(start=0, namespaces=1),
              pytest.mark.skipif(not os.path.exists(TOOL), reason="khttpdctl was not given")]
PEM = "/etc/haproxy/site.pem"
URL = f"https://{ADDRESSES[NAT]}/page.txt"
REQUESTS = 1000


@pytest.fixture(scope="module")
def certificate():
    os.makedirs(os.path.dirname(PEM), exist_ok=True)
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", "/CN=www.example.org", "-days", "2", "-keyout", ROOT + ".key", "-out", PEM)
    with open(PEM, "a", encoding="ascii") as pem, open(ROOT + ".key", encoding="ascii") as key:
        pem.write(key.read())


@pytest.fixture
def front(loaded, certificate):
    """haproxy serves, and has found all nodes well."""
    with Cluster(lines=["access_log = on"]) as cluster:
        cluster.program("haproxy", "haproxy", "-db", "-f", EXAMPLES + "/haproxy.cfg")
        assert khttpd.wait_for(lambda: curl()[0] == 0, 20)
        yield cluster


def curl(*options):
    """Its status, then what it got and what it says of that."""
    done = subprocess.run(
        in_namespace("client", "curl", "-sS", "--insecure", "--http2", "-w",
                     "%{http_version} %{response_code} %header{x-node}\n", *options, URL),
        stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


def h2load(*options):
    """Starts it; its requests go through eight connections, four at a time in each."""
    return subprocess.Popen(in_namespace("client", "h2load", "-c8", "-m4", *options, URL),
                            stdout=subprocess.PIPE, text=True)


def outcome(process):
    """How many requests were done, and how many of these failed."""
    said, _ = process.communicate(timeout=khttpd.scaled(120))
    assert process.returncode == 0 and "Application protocol: h2" in said, said
    total, succeeded, failed = map(int, re.search(
        r"(\d+) total, .* (\d+) succeeded, (\d+) failed", said).groups())
    # In a run of so many seconds those under way at the end have a status, but are no requests.
    good, *others = map(int, re.search(
        r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", said).groups())
    assert total == succeeded + failed and good >= succeeded, said
    return total, failed + sum(others)


def clients_of(node):
    """Whom its log has as clients of the page, with how often; haproxy's checks left out."""
    entries = fields_of(node.run("khttpdctl log"))
    return collections.Counter(entry["host"] for entry in entries
                               if " /page.txt " in entry["request"])


def test_cluster_front(front):
    for node in front.nodes:
        clients_of(node)
    seen = set()
    for _ in range(6):
        status, said = curl()
        assert (status, said[:len(PAGE)]) == (0, PAGE)
        version, code, node = said[len(PAGE):].split()
        assert (version, code) == ("2", "200")
        seen.add(node)
    assert seen == {node.name for node in front.nodes}
    total, failed = outcome(h2load(f"-n{REQUESTS}"))
    assert (total, failed) == (REQUESTS, 0)
    counts = [clients_of(node) for node in front.nodes]
    # Nobody but the client, whatever address haproxy connects from.
    assert [set(count) for count in counts] == [{CLIENT}] * len(counts)
    assert sum(count[CLIENT] for count in counts) == REQUESTS + 6
    record("curl and h2load", "haproxy, TLS, HTTP/2", REQUESTS + 6, 0,
           f"nodes: {[count[CLIENT] for count in counts]}, all from {CLIENT}")


def test_cluster_front_drain(front):
    """A node is drained, stopped and started behind haproxy."""
    load = h2load("-D80")
    time.sleep(3)
    example("roll", STOP_AND_START, front.nodes[0].name, NOTICE=str(NOTICE))
    assert load.poll() is None
    total, failed = outcome(load)
    assert failed == 0
    record("drained, then stopped", "haproxy, TLS, HTTP/2", total, 0)
