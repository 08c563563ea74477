# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The servers in the machine, each with its own port, and what all of them serve."""

import os
import pathlib
import re
import subprocess
import time

import khttpd

ROOT = pathlib.Path("/srv/peers")
RUN = pathlib.Path("/run/peers")
ETC = pathlib.Path(__file__).resolve().parent / "etc"
CHANGED = 784111777  # 1994-11-06T08:49:37Z

# Port, the command of a server that stays in the foreground, and the one that tells its version.
PEERS = {
    "nginx": (8082, ["nginx", "-c", "@ETC@/nginx.conf", "-g", "daemon off;"], ["nginx", "-v"]),
    "apache": (8085, ["apache2", "-f", "@ETC@/apache.conf", "-DFOREGROUND"], ["apache2", "-v"]),
    "lighttpd": (8084, ["lighttpd", "-D", "-f", "@ETC@/lighttpd.conf"], ["lighttpd", "-v"]),
    "h2o": (8083, ["h2o", "-c", "@ETC@/h2o.conf"], ["h2o", "-v"]),
}
PORTS = {"khttpd": khttpd.PORT, **{name: port for name, (port, _, _) in PEERS.items()}}


def make_root():
    files = {"index.html": b"<!DOCTYPE html><title>INDEX</title>\n", "inner.txt": b"KHINNER\n",
             "marker.txt": b"KHMARKER\n", "file.txt": b"abcdefgh\n" * 111 + b"\n",
             "dir/index.html": b"<!DOCTYPE html><title>DIR</title>\n"}
    (ROOT / "empty").mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = ROOT / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (CHANGED, CHANGED))


def version_of(command):
    """What looks like a version in what it says of itself."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=khttpd.scaled(120))
    match = re.search(rb"\d+(\.\d+)+[-\w.+]*", done.stdout)
    return match[0].decode() if match else "unknown"


class Servers:
    """All of them, while it is entered. `versions` says which."""

    def __init__(self):
        self.processes = []
        self.versions = {}

    def __enter__(self):
        make_root()
        RUN.mkdir(parents=True, exist_ok=True)
        for name, (_, command, version) in PEERS.items():
            self.versions[name] = version_of(version)
            with open(RUN / f"{name}.log", "wb") as log:
                self.processes.append(subprocess.Popen(
                    [word.replace("@ETC@", str(ETC)) for word in command],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        # Nothing times out while a request that is not complete is watched.
        error = khttpd.load(docroot=ROOT, header_timeout=120, body_timeout=120)
        if error:
            raise OSError(error, "khttpd was not loaded")
        version = pathlib.Path("/sys/module/khttpd/version").read_text("ascii")
        self.versions["khttpd"] = version.strip()
        for process, name in zip(self.processes, PEERS):
            self.wait(name, process)
        return self

    def wait(self, name, process):
        """Until it listens."""
        port, table = f":{PEERS[name][0]:04X} ", pathlib.Path("/proc/net/tcp")
        if not khttpd.wait_for(lambda: port in table.read_text("ascii"), 60):
            log = (RUN / f"{name}.log").read_text("utf-8", "replace")
            raise OSError(f"{name} does not listen (status {process.poll()}): {log[-500:]}")

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=khttpd.scaled(10))
            except subprocess.TimeoutExpired:
                process.kill()
        time.sleep(0.1)
        khttpd.unload()
