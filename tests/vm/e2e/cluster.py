# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
A cluster in one machine: a director with IPVS, a client and the nodes, each in a network namespace,
with the addresses and the configurations of docs/examples/cluster.

    client 198.51.100.9 --- 198.51.100.1 director 192.0.2.1 --+-- 192.0.2.11, .12, .13, .14 nodes
                                                              +-- 192.0.2.200 the client again

The second way of the client is for direct routing, where nodes answer clients themselves.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import khttpd
from http_client import Client, get
from network import inside

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = "/input/given/khttpdctl"
EXAMPLES = "/input/given/examples/cluster"
ROOT = "/tmp/cluster"
TABLE = "/results/cluster.md"
PAGE = "A page of the site.\n" * 50
COUNT = 3
NAT, DIRECT = "nat", "direct"
ADDRESSES = {NAT: "198.51.100.1", DIRECT: "192.0.2.100"}
CLIENT = "198.51.100.9"
PORTS = ("client", "director", *(f"n{number}" for number in range(1, COUNT + 2)))

# As ssh: a node's name and a command. Begins in a directory of the node's own.
RSH = f"""#!/bin/sh
export NODE=$1 KHTTPD_CONF={ROOT}/$1/khttpd.conf
shift
cd {ROOT}/$NODE
exec nsenter --net=/run/netns/$NODE sh -c "$*"
"""
# As systemctl, of which there is none here. A server begins and ends with its `khttpdctl run`.
SERVICE = f"""#!/bin/sh
pid={ROOT}/$NODE/pid
case $1 in
start) exec start-stop-daemon --start --background --notify-await --notify-timeout 120 \\
	--make-pidfile --pidfile $pid --output {ROOT}/$NODE/log --exec {TOOL} -- run ;;
stop) exec start-stop-daemon --stop --retry TERM/120 --pidfile $pid ;;
kill) exec start-stop-daemon --stop --retry KILL/120 --pidfile $pid ;;
esac
"""
SERVE = f"if khttpdctl status >/dev/null; then khttpdctl reload; else {ROOT}/service start; fi"


def run(*words, **options):
    """What it says; it has to succeed."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    assert done.returncode == 0, (words, done.returncode, done.stdout)
    return done.stdout


def in_namespace(name, *words):
    return ["nsenter", f"--net=/run/netns/{name}", *words]


def configure(name, *lines):
    """Several of ip's commands, in a namespace or outside."""
    run("ip", *(["-n", name] if name else []), "-batch", "-", input="".join(f"{line}\n"
                                                                            for line in lines))


class Load:
    """Clients in the client's namespace, while the context lasts; then what came of it."""

    def __init__(self, address, clients=6, requests=(1, 40), pause=0.01):
        options = {"address": address, "port": 80, "path": "/page.txt", "page": PAGE,
                   "clients": clients, "requests": requests, "pause": pause}
        self.process = subprocess.Popen(
            in_namespace("client", sys.executable, "-B", HERE + "/cluster_load.py",
                         json.dumps(options)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.replies, self.failures, self.connections, self.asked_to_leave = {}, [], 0, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        output, _ = self.process.communicate("", timeout=khttpd.scaled(60))
        assert self.process.returncode == 0
        for name, value in json.loads(output).items():
            setattr(self, name, value)

    @property
    def requests(self):
        return sum(self.replies.values()) + len(self.failures)


class Node:
    """A machine of the cluster, as the administrator has it by a remote shell."""

    def __init__(self, number):
        self.name = f"n{number}"
        self.address = f"192.0.2.{10 + number}"
        self.folder = f"{ROOT}/{self.name}"
        self.conf = self.folder + "/khttpd.conf"

    def run(self, command):
        return run(ROOT + "/rsh", self.name, command)

    def attempt(self, command):
        """The status and what it said."""
        done = subprocess.run([ROOT + "/rsh", self.name, command], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout

    def status(self, name):
        with open_in(self.name, "/proc/thread-self/net/khttpd/status") as file:
            counters = dict(line.split(" ", 1) for line in file.read().splitlines())
        return int(counters[name])

    def get(self, path, *fields):
        """Asked by the client itself, past the director."""
        with inside("client"):
            client = Client(address=self.address, port=80, timeout=60)
        with client:
            return get(client, path, *fields)

    def prepare(self, *lines):
        """Its own part of the configuration, and a first release of the site."""
        os.makedirs(self.conf + ".d")
        os.makedirs(self.folder + "/www/releases/0")
        os.symlink("releases/0", self.folder + "/www/current")
        self.write("www/releases/0/page.txt", PAGE)
        self.write("khttpd.conf.d/node.conf", "\n".join([f"header = set X-Node {self.name}",
                                                         *lines, ""]))
        with open(EXAMPLES + "/khttpd.conf", encoding="ascii") as file:
            text = file.read()
        assert "/srv/www" in text
        self.write("new.conf", text.replace("/srv/www", self.folder + "/www"))

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def set_up(self, *address):
        example("set-up", f"{self.folder}/new.conf", *address, node=self.name, SERVE=SERVE)


@contextlib.contextmanager
def open_in(name, path):
    with inside(name), open(path, encoding="ascii") as file:
        yield file


def example(name, *arguments, node=None, **environment):
    """Runs a script of docs/examples/cluster, on a node or where the administrator is."""
    command = [f"{EXAMPLES}/{name}", *arguments]
    if node:
        command = [ROOT + "/rsh", node, f"SERVE='{environment.pop('SERVE')}' " + " ".join(command)]
    return run(*command, env={**os.environ, "RSH": ROOT + "/rsh", "ROOT": "www", **environment})


class Cluster:
    """All of it, while the context lasts; `lines` are more of each node's configuration."""

    def __init__(self, way=NAT, lines=()):
        self.way = way
        self.address = ADDRESSES[way]
        self.nodes = [Node(number) for number in range(1, COUNT + 1)]
        self.spare = Node(COUNT + 1)
        self.lines = lines
        self.programs = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.callback(self.remove)
            self.make_files()
            self.make_network()
            for node in self.nodes:
                self.start(node)
            stack.pop_all()
        return self

    def __exit__(self, *_):
        self.remove()

    def start(self, node):
        node.prepare(*self.lines)
        node.set_up(*([self.address] if self.way == DIRECT else []))

    @staticmethod
    def make_files():
        shutil.rmtree(ROOT, ignore_errors=True)
        os.makedirs(ROOT)
        for name, text in (("rsh", RSH), ("service", SERVICE)):
            with open(f"{ROOT}/{name}", "w", encoding="ascii") as file:
                file.write(text)
            os.chmod(f"{ROOT}/{name}", 0o755)
        if not os.path.exists("/usr/local/sbin/khttpdctl"):
            os.symlink(TOOL, "/usr/local/sbin/khttpdctl")

    @staticmethod
    def make_network():
        for name in PORTS:
            run("ip", "netns", "add", name)
        configure(None, "link add cluster type bridge", "link set cluster up", *(
            line for name in PORTS
            for line in (f"link add lan-{name} type veth peer name lan netns {name}",
                         f"link set lan-{name} master cluster up")))
        run("ip", "link", "add", "front", "netns", "client", "type", "veth", "peer", "name",
            "front", "netns", "director")
        up = ("link set lo up", "link set lan up")
        configure("client", "address add 198.51.100.9/24 dev front", "link set front up",
                  "address add 192.0.2.200/24 dev lan", *up)
        configure("director", "address add 198.51.100.1/24 dev front", "link set front up",
                  "address add 192.0.2.1/24 dev lan", "address add 192.0.2.100/32 dev lan", *up)
        run(*in_namespace("director", "sysctl", "-q", "net.ipv4.ip_forward=1"))
        for number, name in enumerate(PORTS[2:], 11):
            configure(name, f"address add 192.0.2.{number}/24 dev lan", *up,
                      "route add default via 192.0.2.1")

    def remove(self):
        self.programs.close()
        for node in [*self.nodes, self.spare]:
            if os.path.exists(node.folder + "/pid"):
                node.attempt(ROOT + "/service kill")
        for name in PORTS:
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["ip", "link", "del", "cluster"], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(ROOT, ignore_errors=True)

    def load(self, **options):
        return Load(self.address, **options)

    def program(self, name, *words):
        """Runs on the director until the cluster ends."""
        log = self.programs.enter_context(open(f"{ROOT}/{name}.out", "wb"))
        process = subprocess.Popen(in_namespace("director", *words), stdout=log, stderr=log)

        def end():
            process.terminate()
            process.wait(60)
        self.programs.callback(end)
        return process

    def keepalived(self, text=None):
        """Checks and balances by the configuration of the documents, or by another one."""
        if text is None:
            text = self.example_text(f"keepalived-{self.way}.conf")
        with open(ROOT + "/keepalived.conf", "w", encoding="ascii") as file:
            file.write(text)
        return self.program("keepalived", "keepalived", "--dont-fork", "--check",
                            "--use-file", ROOT + "/keepalived.conf",
                            "--pid", ROOT + "/keepalived.pid",
                            "--checkers_pid", ROOT + "/checkers.pid")

    def ipvsadm(self, *words, **options):
        return run(*in_namespace("director", "ipvsadm", *words), **options)

    def rules(self):
        """Balances without checks."""
        self.ipvsadm("--restore", input=self.example_text(f"{self.way}.rules"))

    @staticmethod
    def example_text(name):
        with open(f"{EXAMPLES}/{name}", encoding="ascii") as file:
            return file.read()

    def weights(self):
        """Of the nodes that the director has, by their addresses."""
        return {address: int(weight) for address, weight in
                re.findall(r"-> ([\d.]+):80 +\w+ +(\d+)", self.ipvsadm("-Ln"))}

    def balances(self, *nodes):
        """Waits until the director sends new clients to these nodes and no others."""
        wanted = {node.address for node in nodes}
        assert khttpd.wait_for(
            lambda: {address for address, weight in self.weights().items() if weight} == wanted,
            30), (self.weights(), wanted, self.said())

    @staticmethod
    def said():
        """What the programs on the director have said."""
        return {path.name: path.read_text(errors="replace")[-2000:]
                for path in pathlib.Path(ROOT).glob("*") if path.suffix in (".out", ".log")}


def record(case, way, requests, failed, more=""):
    """A line of the table."""
    begun = os.path.exists(TABLE)
    with open(TABLE, "a", encoding="ascii") as file:
        if not begun:
            file.write("| case | way | requests | failed | |\n|---|---|--:|--:|---|\n")
        file.write(f"| {case} | {way} | {requests} | {failed} | {more} |\n")
