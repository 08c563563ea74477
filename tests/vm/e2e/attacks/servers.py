# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""khttpd with its default limits, and nginx with limits that are as near to them as it can have."""

import contextlib
import os
import re
import signal
import socket
import subprocess

import khttpd

from attacks.site import ROOT

CACHE = 64 << 20
RUN = "/run/attack-nginx"
# Timeouts, sizes and the backlog are khttpd's defaults.
CONFIG = f"""
user root;
worker_processes 1;
daemon off;
worker_rlimit_nofile 131072;
pid {RUN}/pid;
error_log {RUN}/error.log crit;
events {{ worker_connections 65536; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    autoindex on;
    client_header_timeout 10s;
    client_body_timeout 30s;
    send_timeout 60s;
    keepalive_timeout 60s;
    keepalive_requests 1000000;
    client_max_body_size 1m;
    large_client_header_buffers 4 16k;
    reset_timedout_connection on;
    client_body_temp_path {RUN}/body;
    proxy_temp_path {RUN}/proxy;
    fastcgi_temp_path {RUN}/fastcgi;
    uwsgi_temp_path {RUN}/uwsgi;
    scgi_temp_path {RUN}/scgi;
    server {{
        listen 8082 backlog=4096;
        root {ROOT};
        location = / {{ default_type text/plain; return 200 "Hello World!\\n"; }}
    }}
}}
"""


class Khttpd:
    name, port = "khttpd", khttpd.PORT

    @contextlib.contextmanager
    def running(self):
        assert khttpd.load(docroot=ROOT, autoindex=1, cache_size=CACHE >> 10,
                           routes="/ 200 text/plain 'Hello World!\\n'") == 0
        try:
            yield
        finally:
            assert khttpd.unload() == 0

    @staticmethod
    def active():
        return khttpd.status()["connections_active"]

    @staticmethod
    def held():
        """What is held for peers, and is not the cache's."""
        return {name: value for name, value in khttpd.status().items()
                if re.fullmatch("held_(heads|tails|replies|listings)_bytes", name) and value}


class Nginx:
    name, port = "nginx", 8082

    @contextlib.contextmanager
    def running(self):
        os.makedirs(RUN, exist_ok=True)
        with open(RUN + "/conf", "w", encoding="ascii") as file:
            file.write(CONFIG)
        process = subprocess.Popen(["nginx", "-c", RUN + "/conf"], preexec_fn=self.as_usual)
        try:
            # The clock of instructions does not wait for the disk, so that this may be long.
            assert khttpd.wait_for(lambda: self.listens() or process.poll() is not None, 600)
            assert process.poll() is None, "nginx has ended"
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()

    def listens(self):
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    @staticmethod
    def as_usual():
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

    def active(self):
        """Its ends of connections."""
        with open("/proc/net/tcp", encoding="ascii") as file:
            return sum(bool(re.match(rf" *\d+: \w+:{self.port:04X} \w+:\w+ 0[124589B]", line))
                       for line in file)

    @staticmethod
    def held():
        return {}


SERVERS = [Khttpd(), Nginx()]
