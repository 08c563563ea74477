# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Counters and tracepoints against what was sent."""

import os
import re
import subprocess
import time

import pytest

import khttpd
from http_client import GET, Client, request

TRACING = "/sys/kernel/tracing/"


def difference(before, after):
    return {name: after[name] - before[name] for name in after
            if isinstance(after[name], int) and after[name] != before.get(name)}


def test_counters(both):
    both.wait_idle()
    before = both.status()
    received = sent = 0
    with Client() as client:
        for data, head in ((GET, False), (GET.replace(b"GET", b"HEAD"), True),
                           (b"GET /none HTTP/1.1\r\nHost: t\r\n\r\n", False),
                           (b"BREW / HTTP/1.1\r\nHost: t\r\n\r\n", False),
                           (b"GET / HTTP/1.1\r\n\r\n", False)):
            client.send(data)
            sent += len(data)
            while b"\r\n\r\n" not in client.buffer:
                client._more()
            start = client.buffer
            reply = client.reply(head)
            received += start.index(b"\r\n\r\n") + 4 + len(reply.body)
        assert both.status()["connections_active"] == 1
        assert client.closed()
    assert both.wait_idle()
    change = difference(before, both.status())
    assert change["connections_accepted"] == 1
    assert change["responses_2xx"] == 2
    assert change["responses_4xx"] == 2
    assert change["responses_5xx"] == 1
    assert change["parse_errors"] == 1
    assert change["requests"] == change.get("requests_inline", 0) + \
        change.get("requests_worker", 0)
    # A request that is there before its connection is accepted is answered where it is accepted.
    if both.parameter("inline") == "1":
        assert change.get("requests_worker", 0) <= 1
    else:
        assert "requests_inline" not in change
    assert change["requests"] in (4, 5)
    assert change["bytes_received"] == sent
    assert change["bytes_sent"] == received


def test_status_file_form(server):
    with open("/proc/net/khttpd/status", encoding="ascii") as file:
        lines = file.read().splitlines()
    for line in lines:
        assert re.match(r"^[a-z0-9_]+ \S+$", line), line
    names = [line.split(" ")[0] for line in lines]
    assert len(names) == len(set(names))
    for name in ("version port listeners inline uptime_seconds connections_active "
                 "connections_accepted connections_refused requests requests_inline "
                 "requests_worker responses_1xx responses_2xx responses_3xx responses_4xx "
                 "responses_5xx bytes_received bytes_sent timeouts_header timeouts_keepalive "
                 "timeouts_send parse_errors cache_entries cache_bytes cache_hits cache_misses "
                 "cache_evictions").split():
        assert name in names


def write(path, text):
    with open(TRACING + path, "w", encoding="ascii") as file:
        file.write(text)


def test_tracepoints(both):
    write("trace", "")
    write("events/khttpd/enable", "1")
    try:
        with Client() as client:
            client.get()
            client.get(b"GET /none HTTP/1.1\r\nHost: t\r\n\r\n")
        assert both.wait_idle()
        time.sleep(0.1)
    finally:
        write("events/khttpd/enable", "0")
    with open(TRACING + "trace", encoding="utf-8") as file:
        lines = [line for line in file if " khttpd_" in line]
    events = [re.search(r"khttpd_(\w+): (.*)", line).groups() for line in lines]
    assert [name for name, _ in events] == ["accept", "request", "response", "request",
                                            "response", "close"]
    assert "target=/none" in events[3][1]
    for number, status in ((2, 200), (4, 404)):
        fields = dict(item.split("=") for item in events[number][1].split())
        assert int(fields["status"]) == status
        assert int(fields["bytes"]) > 100
        assert 0 < int(fields["latency_ns"]) < 5_000_000_000
    assert "reason=" in events[5][1]


def run_bpftrace(script, seconds, work):
    """Runs work() while the script is attached; returns what it prints when interrupted."""
    path = "/tmp/bpftrace.out"

    def output():
        with open(path, encoding="utf-8") as file:
            return file.read()
    with open(path, "w", encoding="utf-8") as file, \
            subprocess.Popen(["bpftrace", "-B", "line", script], stdout=file,
                             stderr=file) as trace:
        assert khttpd.wait_for(lambda: "Ctrl-C" in output() or trace.poll() is not None, seconds)
        assert trace.poll() is None, output()
        time.sleep(khttpd.scaled(1))
        work()
        trace.send_signal(2)
        trace.wait(timeout=khttpd.scaled(30))
    return output()


@pytest.mark.stock
def test_bpftrace_request_latency(server):
    def work():
        with Client() as client:
            for _ in range(40):
                client.get()
    output = run_bpftrace("/input/bpf/request_latency.bt", 60, work)
    counts = [int(number) for number in re.findall(r"^\[.*\)\s+(\d+) \|", output, re.M)]
    assert sum(counts) == 40, output
    assert "@status[200]: 40" in output


@pytest.mark.stock
def test_bpftrace_tcp_counters(server):
    def work():
        for _ in range(15):
            request(GET)
        khttpd.wait_idle()
    output = run_bpftrace("/input/bpf/tcp_counters.bt", 60, work)
    assert "@accepted: 15" in output, output
    assert "@closed[" in output
    assert re.search(r"@requests\[GET\]: 15\b", output), output
    sent = int(re.search(r"@sent_bytes: (\d+)", output)[1])
    assert sent > 15 * 100, output
