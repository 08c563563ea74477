# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""haproxy and nginx in front: the log has the client's address, whatever way they tell it."""

import pathlib
import subprocess

import pytest

import khttpd
from http_client import PAGE, Client, request_to
from told import apply, hosts

pytestmark = pytest.mark.changes

CLIENT = "127.0.0.9"
# Where each connects from.
BY_PROTOCOL = "127.0.0.2"
BY_FIELD = "127.0.0.4"
PORTS = {"haproxy, version 1": 9001, "haproxy, version 2": 9002, "haproxy, field": 9003,
         "nginx, version 1": 9004, "nginx, field": 9005}

HAPROXY = f"""
global
    maxconn 100
defaults
    timeout connect 10s
    timeout client 60s
    timeout server 60s
    timeout check 30s
listen one
    bind 127.0.0.1:9001
    mode tcp
    server khttpd 127.0.0.1:8081 send-proxy source {BY_PROTOCOL}
listen two
    bind 127.0.0.1:9002
    mode tcp
    option httpchk GET /health
    default-server check check-send-proxy inter 500ms fall 100
    server khttpd 127.0.0.1:8081 send-proxy-v2 source {BY_PROTOCOL}
listen field
    bind 127.0.0.1:9003
    mode http
    option forwardfor
    server khttpd 127.0.0.1:8081 source {BY_FIELD}
"""
NGINX = f"""
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
worker_processes 1;
pid /tmp/proxies/nginx.pid;
error_log /tmp/proxies/nginx.log;
events {{ }}
stream {{
    server {{
        listen 127.0.0.1:9004;
        proxy_pass 127.0.0.1:8081;
        proxy_protocol on;
        proxy_bind {BY_PROTOCOL};
    }}
}}
http {{
    access_log off;
    server {{
        listen 127.0.0.1:9005;
        location / {{
            proxy_pass http://127.0.0.1:8081;
            proxy_http_version 1.1;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_bind {BY_FIELD};
        }}
    }}
}}
"""


@pytest.fixture
def proxies(loaded):
    """Both run, and connect from the addresses that khttpd knows."""
    folder = pathlib.Path("/tmp/proxies")
    folder.mkdir(exist_ok=True)
    (folder / "haproxy.cfg").write_text(HAPROXY)
    (folder / "nginx.conf").write_text(NGINX)
    apply(f"proxy_protocol = {BY_PROTOCOL}", f"forwarded = {BY_FIELD}",
                     'reply = /health 200 text/plain up')
    commands = (["haproxy", "-db", "-f", folder / "haproxy.cfg"],
                ["nginx", "-c", folder / "nginx.conf", "-g", "daemon off;"])
    running = [subprocess.Popen(command) for command in commands]
    try:
        for port in PORTS.values():
            assert khttpd.wait_for(lambda at=port: listens(at), 20), port
        yield
    finally:
        for program in running:
            program.terminate()
        for program in running:
            program.wait(20)


def listens(port):
    try:
        Client(port=port).close()
        return True
    except OSError:
        return False


def test_each_way(proxies):
    for way, port in PORTS.items():
        hosts()
        with Client(port=port, source=CLIENT) as client:
            for _ in range(3):
                # What the client itself says does not count.
                reply = client.get(request_to("/", "X-Forwarded-For: 1.1.1.1"))
                assert (reply.status, reply.body) == (200, PAGE), way
        assert hosts().count(CLIENT) == 3, way


def test_health_check(proxies):
    """haproxy asks for itself, and says so."""
    assert khttpd.wait_for(lambda: BY_PROTOCOL in hosts(), 20)
    assert khttpd.status()["proxy_errors"] == 0
