# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A machine in a folder: /proc, /sys and programs such as modprobe that work on it. Its server
takes configurations by fake_kernel.c."""
import functools
import os
import shutil
import subprocess
from pathlib import Path

import support

HERE = Path(__file__).resolve().parent
NOT_RUNNING, UNAVAILABLE, OS_ERROR, TEMPORARY, NO_PERMISSION = 3, 69, 71, 75, 77
RELEASE = "6.1.0-56-amd64"
MODPROBE = r"""
echo "$*" >> "$ROOT/modprobe.log"
if [ -s "$ROOT/modprobe.error" ]; then
	cat "$ROOT/modprobe.error" >&2
	exit 1
fi
[ ! -e "$ROOT/log.more" ] || cat "$ROOT/log.more" >> "$ROOT/dev/kmsg"
sys=$ROOT/sys/module/khttpd net=$ROOT/proc/thread-self/net/khttpd
if [ "$1" = -r ]; then
	[ ! -e "$ROOT/in-use" ] || exit 1
	rm -rf "$sys" "$net"
	exit 0
fi
mkdir -p "$sys/parameters"
echo 0.2.0 > "$sys/version"
[ ! -e "$ROOT/elsewhere" ] || exit 0
mkdir -p "$net"
printf 'version 0.2.0\nlisteners 0\nrequests 0\n' > "$net/status"
: > "$net/server"
: > "$net/config"
"""
MODINFO = r"""
case "$*" in
*'-F filename'*) [ ! -e "$ROOT/built" ] || echo "/lib/modules/x/updates/dkms/khttpd.ko" ;;
*'-F version'*) cat "$ROOT/built" ;;
*'-F vermagic'*) cat "$ROOT/vermagic" ;;
*'-F signer'*) cat "$ROOT/signer" ;;
'-p '*) cat "$ROOT/parameters" ;;
esac 2>/dev/null
[ -e "$ROOT/built" ]
"""


@functools.lru_cache(maxsize=None)
def fake_kernel():
    """The library, once for all tests."""
    file = HERE / "build" / "fake_kernel.so"
    file.parent.mkdir(exist_ok=True)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", file,
                    HERE / "fake_kernel.c", "-ldl"], check=True)
    return str(file)


class Machine(support.Tool):
    """A machine with the module built and not loaded."""

    def setUp(self):
        super().setUp()
        self.net = self.root / "proc/thread-self/net/khttpd"
        self.sys = self.root / "sys/module/khttpd"
        for folder in ("bin", "run", "dev", "proc/sys/kernel", "sys/module", "etc"):
            (self.root / folder).mkdir(parents=True)
        self.put("dev/kmsg", "6,1,1,-;khttpd: an old line\n")
        self.put("proc/sys/kernel/osrelease", RELEASE + "\n")
        self.put("built", "0.2.0\n")
        self.put("parameters", "port:TCP port (uint)\nstart:0 loads without a server (bool)\n")
        self.stub("modprobe", MODPROBE)
        self.stub("rmmod", 'exec modprobe -r "$1"')
        self.stub("modinfo", MODINFO)
        self.write("port = 80\n")

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def stub(self, name, text):
        path = self.put("bin/" + name, f"#!/bin/sh\nROOT='{self.root}'\n{text}\n")
        path.chmod(0o755)

    def environment(self):
        return {"LD_PRELOAD": fake_kernel(), "PATH": f"{self.root}/bin:{os.environ['PATH']}"}

    def ctl(self, *args, env=None, **more):
        return self.run_tool(*args, env={**self.environment(), **(env or {})}, **more)

    def expect(self, status, *args, out="", err="", **more):
        """Runs it: the status, and what must be in its output."""
        done = self.ctl(*args, **more)
        self.assertEqual(done.status, status, f"{args}: {done}")
        self.assertIn(out, done.out, f"{args}: {done}")
        self.assertIn(err, done.err, f"{args}: {done}")
        return done

    def loaded(self, listeners=2, status="", config="port = 80\nbind = *\naccess_log = 1\n"):
        """The module, with a server unless there are no listeners."""
        self.sys.mkdir(parents=True, exist_ok=True)
        self.put("sys/module/khttpd/version", "0.2.0\n")
        self.net.mkdir(parents=True, exist_ok=True)
        self.put("proc/thread-self/net/khttpd/server", "")
        self.put("proc/thread-self/net/khttpd/status",
                 f"version 0.2.0\nport 8081\nlisteners {listeners}\nrequests 17\n{status}")
        self.put("proc/thread-self/net/khttpd/config", config if listeners else "")

    def old(self):
        """Version 0.1.0 serves."""
        self.loaded(config="port = 8081\nbody = Hello World!\\n\ncache_control = \n")
        (self.net / "server").unlink()
        self.put("sys/module/khttpd/version", "0.1.0\n")
        self.put("sys/module/khttpd/parameters/apply", "0\n")

    def refuses(self, error, mistakes=""):
        self.put("proc/thread-self/net/khttpd/refusal", f"{error}\n{mistakes}")

    def in_force(self):
        return (self.net / "config").read_text(encoding="utf-8")

    def unloaded(self):
        shutil.rmtree(self.sys, ignore_errors=True)
        shutil.rmtree(self.net, ignore_errors=True)

    def modprobes(self):
        log = self.root / "modprobe.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def other_namespace(self):
        """As a container has it, whose own first process is process 1."""
        self.put("proc/sys/net/core/somaxconn", "4096\n")
