# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
Instructions for a request: client, director and node together, in a machine whose clock counts them
(KH_ACCEL=icount tests/vm/run --cpus 1 --whole -k test_cluster_costs).
"""

import os
import re

import pytest

from cluster import ADDRESSES, DIRECT, NAT, TOOL, Cluster, in_namespace, record, run

pytestmark = [pytest.mark.stock, pytest.mark.changes, pytest.mark.long(),
              pytest.mark.params(start=0, namespaces=1),
              pytest.mark.skipif(not os.path.exists(TOOL), reason="khttpdctl was not given"),
              pytest.mark.skipif(os.cpu_count() != 1, reason="no clock that counts instructions")]


def measured(address, *options):
    """By wrk: a second is a thousand million instructions."""
    said = run(*in_namespace("client", "wrk", "-t1", "-c16", "-d1s", "--timeout", "10s", *options,
                             f"http://{address}/page.txt"))
    assert "Socket errors" not in said and "Non-2xx" not in said, said
    return round(1e9 / float(re.search(r"Requests/sec: +([\d.]+)", said)[1]))


@pytest.mark.parametrize("kind, options", [("kept connections", ()),
                                           ("a connection for each", ("-H", "Connection: close"))])
def test_cluster_costs(loaded, kind, options):
    cost = {}
    for way in (NAT, DIRECT):
        with Cluster(way) as cluster:
            cluster.rules()
            measured(ADDRESSES[way], *options)
            cost[way] = measured(ADDRESSES[way], *options)
            measured(cluster.nodes[0].address, *options)
            cost["no director"] = measured(cluster.nodes[0].address, *options)
    for way, instructions in cost.items():
        record(f"instructions for a request, {kind}", way, instructions, 0,
               f"{instructions - cost['no director']} for the director")
    assert cost["no director"] < cost[DIRECT] < cost[NAT]
