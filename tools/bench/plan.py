# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What is measured: workloads, servers, and the lines that khttpd has to reach."""
from dataclasses import dataclass, field

PAGE = b"Hello World!\n"
SIZES = {"1k": 1 << 10, "16k": 16 << 10, "128k": 128 << 10, "1m": 1 << 20,
         "16m": 16 << 20, "128m": 128 << 20, "1g": 1 << 30}
# From here on a second may be over before a reply is: bytes are counted, not replies.
LARGE = 16 << 20
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                  "Chrome/120.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
              "image/apng,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.9,de;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
    "Referer": "http://example.com/some/long/path/index.html?query=string",
    "Upgrade-Insecure-Requests": "1",
    "Cache-Control": "max-age=0",
}


@dataclass(frozen=True)
class Workload:
    """One column of the results. `path` None is the server's page of 13 bytes."""
    name: str
    title: str
    connections: int = 16
    path: str = None
    script: str = None
    head_size: int = 0       # pad the request head to this with browser's fields
    close: bool = False      # a new connection for each request
    files: tuple = ()        # (prefix, count): files at random
    first: bool = False      # hardly any of them has been asked for before
    idle: int = 0            # connections that are open besides
    greedy: int = 0          # requests in a batch of one connection besides that never pauses
    only: tuple = ()         # servers; all when empty

    @property
    def size(self):
        """Of the file that is asked for; None where there is none, or are many."""
        return SIZES[self.path[1:].split(".")[0]] if self.path else None


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    title: str
    module: str = None
    params: tuple = ()
    command: tuple = ()
    config: str = None
    page: str = "/hello.txt"
    files: bool = True
    pages: bool = False      # one file alone, as khttpd has sent it
    places: bool = False     # khttpd with a configuration of many (places.py)
    threads: bool = False    # nginx that leaves files to threads: for what is not in memory
    version: tuple = field(default=())


GROWTH = ("khttpd", "raw", "nginx")
FILES_GROWTH = ("khttpd", "nginx")
LARGEST = ("khttpd", "raw", "nginx")
# What is asked of khttpd with many places.
PLACES = ("keepalive", "file1k", "files10k")

WORKLOADS = [
    Workload("keepalive", "keep-alive, 13 bytes"),
    Workload("pipeline", "16-deep pipeline", script="pipeline.lua"),
    Workload("close", "new connection per request", close=True),
    Workload("head800", "request heads of 800 bytes", head_size=800),
    Workload("file1k", "1 KiB file", path="/1k.html"),
    Workload("file16k", "16 KiB file", path="/16k.html"),
    Workload("file128k", "128 KiB file", path="/128k.html"),
    Workload("file1m", "1 MiB file", path="/1m.html"),
    Workload("file16m", "16 MiB file", path="/16m.html", connections=4),
    Workload("file128m", "128 MiB file", path="/128m.html", connections=4, only=LARGEST),
    Workload("file1g", "1 GiB file", path="/1g.html", connections=4, only=LARGEST),
    Workload("files10k", "10,000 files at random", files=("/many/", 10000), script="many.lua"),
    Workload("c64", "64 connections", connections=64),
    Workload("c1024", "1,024 connections", connections=1024),
    Workload("idle10k", "10,000 idle, 64 active", connections=64, idle=10000),
    Workload("greedy", "16 beside one endless pipeline", greedy=4096),
    Workload("c4096", "4,096 connections", connections=4096, only=GROWTH),
    Workload("c10000", "10,000 connections", connections=10000, only=GROWTH),
    Workload("cached10", "10 files", files=("/more/", 10), script="many.lua", only=FILES_GROWTH),
    Workload("cached1000", "1,000 files", files=("/more/", 1000), script="many.lua",
             only=FILES_GROWTH),
    # Before the servers have seen them all.
    Workload("first100k", "100,000 files, first requests", files=("/more/", 100000), first=True,
             script="many.lua", only=FILES_GROWTH),
    Workload("cached100k", "100,000 files", files=("/more/", 100000), script="many.lua",
             only=FILES_GROWTH),
]

SERVERS = [
    Server("khttpd", 8081, "khttpd, receive path", module="khttpd", page="/",
           params=("inline=1",)),
    Server("khttpd-places", 8081, "khttpd, 1,000 sites, 10,000 locations, 50,000 redirections",
           module="khttpd", page="/", params=("inline=1",), places=True),
    Server("khttpd-worker", 8081, "khttpd, work queue", module="khttpd", page="/",
           params=("inline=0",)),
    Server("raw", 8090, "floor: no HTTP, receive path", module="khbench_raw", page="/",
           files=False, pages=True, params=("in_place=1",)),
    Server("raw-scan", 8090, "floor that finds empty lines", module="khbench_raw", page="/",
           files=False, params=("in_place=1", "scan=1")),
    Server("raw-worker", 8090, "floor: no HTTP, work queue", module="khbench_raw", page="/",
           files=False, params=("in_place=0",)),
    Server("nginx", 8082, "nginx, `return` or file", page="/", config="nginx.conf",
           command=("nginx", "-c", "{config}", "-g", "daemon off;"), version=("nginx", "-v")),
    Server("nginx-file", 8082, "nginx, page as a file", config="nginx.conf",
           command=("nginx", "-c", "{config}", "-g", "daemon off;"), version=("nginx", "-v")),
    Server("nginx-threads", 8082, "nginx, files by threads (`aio threads`)", config="nginx.conf",
           command=("nginx", "-c", "{config}", "-g", "daemon off;"), version=("nginx", "-v"),
           threads=True),
    Server("h2o", 8083, "h2o", config="h2o.conf", command=("h2o", "-c", "{config}"),
           version=("h2o", "-v")),
    Server("lighttpd", 8084, "lighttpd", config="lighttpd.conf",
           command=("lighttpd", "-D", "-f", "{config}"), version=("lighttpd", "-v")),
    Server("apache", 8085, "Apache httpd", config="apache.conf",
           command=("apache2", "-DFOREGROUND", "-f", "{config}"), version=("apache2", "-v")),
    Server("haproxy", 8086, "haproxy", config="haproxy.cfg", files=False, page="/",
           command=("haproxy", "-db", "-f", "{config}"), version=("haproxy", "-v")),
    Server("caddy", 8087, "Caddy", config="Caddyfile",
           command=("caddy", "run", "--config", "{config}", "--adapter", "caddyfile"),
           version=("caddy", "version")),
]

PEERS = ("nginx", "nginx-file", "h2o", "lighttpd", "apache", "haproxy", "caddy")
# (workload, compared with, at least); "peers" is the best of them.
LINES = [
    ("keepalive", "raw", 0.95), ("keepalive", "nginx", 1.35), ("keepalive", "h2o", 1.5),
    ("keepalive", "lighttpd", 1.5), ("pipeline", "raw-scan", 0.90),
    ("pipeline", "raw", 0.90), ("pipeline", "peers", 5.0),
    ("close", "peers", 1.3),
    ("head800", "peers", 1.5), ("head800", "raw-scan", 0.9), ("head800", "raw", 0.9),
    ("file16k", "peers", 1.3), ("file128k", "peers", 1.1), ("file1m", "peers", 1.1),
]


def takes_part(server, workload):
    """Whether the server can do the workload and is asked to."""
    if workload.only and server.name not in workload.only:
        return False
    with_files = workload.path or workload.files
    if server.places and workload.name not in PLACES or server.threads:
        return False
    if with_files and not (server.files or server.pages and workload.path):
        return False
    # Differs from nginx in its page alone.
    return not (server.name == "nginx-file" and with_files)


def expected_body(workload):
    """The content of the reply to probe(), in pieces."""
    if workload.path:
        return content(workload.size)
    if workload.files:
        return content(SIZES["1k"])
    return iter([PAGE])


def content(size):
    """Pieces of a mebibyte at most; raw/raw.c has the line as well."""
    line = b"<p>The quick brown fox jumps over the lazy dog, again and again.\n"
    text = line * ((1 << 20) // len(line) + 2)
    for at in range(0, size, 1 << 20):
        begin = at % len(line)
        yield text[begin:begin + min(size - at, 1 << 20)]


def fields_of(server, workload):
    """The request's header fields besides Host."""
    fields = {}
    if workload.head_size:
        fields.update(BROWSER)
    if workload.close:
        fields["Connection"] = "close"
    if workload.head_size:
        fields["Cookie"] = "session="
        missing = workload.head_size - len(request_of(server, workload, fields))
        fields["Cookie"] += ("0123456789abcdef" * 64)[:missing]
    return fields


def request_of(server, workload, fields):
    """The bytes wrk sends for one request (its fields' order aside)."""
    path = workload.path or (f"{workload.files[0]}00/00000.html" if workload.files else server.page)
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
