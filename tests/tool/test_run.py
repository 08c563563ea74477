# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""run: serves as long as it goes on, and tells a service manager."""
import errno
import os
import signal
import socket
import subprocess

import support
from machine import NOT_RUNNING, TEMPORARY, UNAVAILABLE, Machine
from support import BAD, GOOD


class Run(Machine):
    def setUp(self):
        super().setUp()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.settimeout(20)
        self.socket.bind(str(self.dir / "notify"))

    def start(self, *args, notify=None, command="run"):
        process = subprocess.Popen(
            [support.PROGRAM, "--root", str(self.root), command, *args], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **self.environment(), "KHTTPD_CONF": str(self.conf),
                 "NOTIFY_SOCKET": notify or str(self.dir / "notify")})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def told(self):
        return self.socket.recv(4096).decode().split("\n")

    def ready(self, *args):
        process = self.start(*args)
        self.assertEqual(self.told(), ["READY=1", "STATUS=serving"])
        return process

    def end(self, process, status, number=signal.SIGTERM):
        if number:
            process.send_signal(number)
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, status, out + err)
        return out, err

    def test_it_loads_and_unloads(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.ready()
            self.assertEqual(self.in_force(), "port = 80\n")
            out, err = self.end(process, GOOD, number)
            self.assertEqual((out, err), ("khttpdctl: serving on port 8081; SIGHUP reloads, "
                                          "SIGTERM ends it\n", ""))
            self.assertEqual(self.told(), ["STOPPING=1"])
            self.assertFalse(self.sys.exists())

    def test_reload(self):
        process = self.ready()
        self.write("port = 81\n")
        process.send_signal(signal.SIGHUP)
        reloading = self.told()
        self.assertEqual(reloading[0], "RELOADING=1")
        self.assertRegex(reloading[1], r"^MONOTONIC_USEC=\d{6,}$")
        self.assertEqual(self.told(), ["READY=1", "STATUS=serving"])
        self.assertEqual(self.in_force(), "port = 81\n")
        self.write("port = 0\n")
        process.send_signal(signal.SIGHUP)
        self.told()
        self.assertEqual(self.told(), ["READY=1", "STATUS=the last reload was refused"])
        self.write("port = 82\n")
        with open(self.root / "dev/kmsg", "a", encoding="ascii") as file:
            file.write("6,3,9,-;khttpd: serving port 80\n")
        self.refuses(errno.EADDRINUSE)
        process.send_signal(signal.SIGHUP)
        self.told()
        self.told()
        self.assertEqual(self.in_force(), "port = 81\n")
        _, err = self.end(process, GOOD)
        self.assertEqual(err.count("the old configuration is still in force"), 2)
        self.assertIn(":1:8: error: port=0", err)
        self.assertNotIn("kernel: ", err)

    def test_the_file_is_a_lease(self):
        """The server is there as long as the process; the module was before."""
        self.loaded(0)
        self.put("proc/thread-self/net/khttpd/lease", "")
        self.other_namespace()
        process = self.ready("-q")
        self.assertIn("listeners 2", (self.net / "status").read_text())
        self.assertEqual(self.end(process, GOOD), ("", ""))
        self.assertIn("listeners 0", (self.net / "status").read_text())
        self.assertEqual(self.modprobes(), [])

    def test_the_module_was_there(self):
        self.loaded(0)
        process = self.ready()
        out, _ = self.end(process, GOOD)
        self.assertIn("`khttpdctl stop' ends it", out)
        self.assertTrue(self.sys.exists())

    def test_unloaded_by_somebody_else(self):
        process = self.ready()
        self.unloaded()
        _, err = self.end(process, NOT_RUNNING, None)
        self.assertEqual(err, "khttpdctl: khttpd was unloaded\n")

    def test_start_stays(self):
        """It ends with the module; the server outlives it."""
        process = self.start("--stay", command="start")
        self.assertEqual(self.told(), ["READY=1", "STATUS=serving"])
        self.assertEqual(self.in_force(), "port = 80\n")
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.end(process, -number, number)
            self.assertTrue(self.sys.exists())
            process = self.start("--stay", command="start")
            self.assertEqual(self.told()[0], "READY=1")
        self.unloaded()
        out, _ = self.end(process, GOOD, None)
        self.assertTrue(out.endswith("khttpdctl: khttpd was unloaded\n"), out)

    def test_start_that_fails_does_not_stay(self):
        self.write("port = 0\n")
        self.end(self.start("--stay", command="start"), BAD, None)
        self.assertFalse(self.sys.exists())

    def test_an_abstract_socket(self):
        name = f"khttpdctl-{os.getpid()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.settimeout(20)
            other.bind("\0" + name)
            process = self.start(notify="@" + name)
            self.assertEqual(other.recv(4096).split(b"\n")[0], b"READY=1")
            self.end(process, GOOD)

    def test_mistakes(self):
        self.write("port = 0\n")
        self.end(self.start(), BAD, None)
        self.assertEqual(self.modprobes(), [])
        self.write("docroot = /nowhere\n")
        self.loaded(0)
        self.refuses(errno.ENOENT, "1: docroot=/nowhere: no such directory\n")
        _, err = self.end(self.start(), BAD, None)
        self.assertIn(":1:11: error: docroot", err)

    def test_a_server_is_there(self):
        self.loaded()
        _, err = self.end(self.start(), TEMPORARY, None)
        self.assertIn("use `khttpdctl reload' to change it", err)
        self.old()
        _, err = self.end(self.start(), 1, None)
        self.assertIn("run `khttpdctl restart'", err)

    def test_not_here(self):
        self.put("elsewhere", "")
        _, err = self.end(self.start(), UNAVAILABLE, None)
        self.assertIn("namespaces=1", err)
        self.assertFalse(self.sys.exists())
