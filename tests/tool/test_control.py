# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""start, stop, restart and reload, on a machine in a folder."""
import errno
import fcntl
import os
import threading
import time

import support
from machine import (MODPROBE, NO_PERMISSION, OS_ERROR, RELEASE, TEMPORARY, UNAVAILABLE,
                     Machine)
from support import BAD, GOOD, NO_INPUT, USAGE

LOAD = "--first-time khttpd start=0"
UNLOAD = "-r khttpd"
KEPT = "khttpdctl: the old configuration is still in force\n"


class Start(Machine):
    def test_start(self):
        self.put("log.more", "6,2,9,-;khttpd: 0.2.0 serving port 80\n")
        done = self.expect(GOOD, "start", out="kernel: khttpd: 0.2.0 serving port 80\n")
        self.assertEqual(done.err, "")
        self.assertNotIn("old line", done.out)
        self.assertEqual(self.modprobes(), [LOAD])
        self.assertEqual(self.in_force(), "port = 80\n")

    def test_quiet_and_files(self):
        self.write("port = 81\n", "other")
        for args in (["start", "-f", "other", "-q"], ["-q", "-c", "other", "start"],
                     ["start", "--file=other", "-q"]):
            done = self.expect(GOOD, *args)
            self.assertEqual((done.out, done.err, self.in_force()), ("", "", "port = 81\n"))
            self.unloaded()
        done = self.ctl("start", "-f", "-", text="port = 82\n")
        self.assertEqual((done.status, self.in_force()), (GOOD, "port = 82\n"), done)

    def test_loaded_already(self):
        for listeners in (0, 2):
            self.loaded(listeners)
            self.expect(GOOD, "start", out=f"khttpd is already loaded: applying the configuration "
                        f"to it\nkhttpdctl: {self.conf} applied\n")
            self.assertEqual((self.modprobes(), self.in_force()), ([], "port = 80\n"))

    def test_mistakes_load_nothing(self):
        self.write("prot = 80\n")
        self.expect(BAD, "start", err=f"{self.conf}:1:1: error: unknown setting")
        self.assertEqual(self.modprobes(), [])
        self.expect(NO_INPUT, "start", "-f", "none", err="none:1:1: error: cannot be opened")

    def test_warnings_do_not_keep_it_from_starting(self):
        self.write("relaxed_targets = 1\nport = 80\n")
        self.expect(GOOD, "start", err=":1:1: warning: relaxed_targets")
        self.assertEqual(self.in_force(), "port = 80\n")

    def test_refused_by_the_kernel(self):
        """What it finds is told with the file and line, and the module is unloaded."""
        self.write("# one\nport = 80\n\n[site a]\ndocroot = /nowhere/at/all\n")
        self.stub("modprobe", MODPROBE + f"printf '{errno.ENOENT}\\n3: docroot=/nowhere/at/all: no "
                  "such directory\\n' > \"$net/refusal\"\n")
        done = self.expect(BAD, "start", err=f"{self.conf}:5:11: error: docroot=/nowhere/at/all: "
                           "no such directory\n")
        self.assertIn("refused: No such file or directory", done.err)
        self.assertFalse(self.sys.exists())
        self.assertEqual(self.modprobes(), [LOAD, UNLOAD])

    def test_refused_as_the_port_is_taken(self):
        self.put("log.more", "3,2,9,-;khttpd: cannot listen on 0.0.0.0 port 80: in use\n")
        self.stub("modprobe", MODPROBE +
                  f"printf '{errno.EADDRINUSE}\\n0: error 98; look\\n' > \"$net/refusal\"\n")
        done = self.expect(OS_ERROR, "start", err="kernel: khttpd: cannot listen on 0.0.0.0 port "
                           "80: in use\n")
        self.assertIn("Address already in use: a port is in use; `khttpdctl doctor' shows by "
                      "which program\n", done.err)
        self.assertNotIn("error 98", done.err)
        self.assertNotIn("old line", done.err)
        self.assertFalse(self.sys.exists())

    def test_what_modprobe_says(self):
        for said, status, text in (
                ("FATAL: Module khttpd not found in directory /lib/modules/x", UNAVAILABLE,
                 f"khttpdctl: khttpd is not built for kernel {RELEASE}\n"),
                ("ERROR: could not insert 'khttpd': Key was rejected by service", NO_PERMISSION,
                 "Secure Boot is on"),
                ("ERROR: could not insert 'khttpd': Required key not available", NO_PERMISSION,
                 "`khttpdctl doctor' prints the commands"),
                ("ERROR: could not insert 'khttpd': Exec format error", UNAVAILABLE,
                 "built for another kernel"),
                ("ERROR: could not insert 'khttpd': Operation not permitted", NO_PERMISSION,
                 "modprobe khttpd start=0 namespaces=1"),
                ("ERROR: could not insert 'khttpd': Cannot allocate memory", OS_ERROR, "")):
            self.put("modprobe.error", f"modprobe: {said}\n")
            done = self.expect(status, "start",
                               err=f"khttpdctl: the module could not be loaded: {said}\n")
            self.assertIn(text, done.err)

    def test_lockdown(self):
        self.put("sys/kernel/security/lockdown", "none [integrity] confidentiality\n")
        self.put("modprobe.error", "could not insert 'khttpd': Operation not permitted\n")
        self.expect(NO_PERMISSION, "start", err="the kernel is locked down")

    def test_an_older_module_is_built(self):
        self.put("parameters", "port:TCP port (uint)\n")
        self.put("built", "0.1.0\n")
        self.expect(UNAVAILABLE, "start", err="the module built for this kernel is khttpd 0.1.0")
        self.assertEqual(self.modprobes(), [])

    def test_an_older_module_is_loaded(self):
        self.old()
        self.expect(1, "start", err="khttpd 0.1.0 is loaded, which takes its configuration "
                    "differently: run `khttpdctl restart'")

    def test_not_in_this_namespace(self):
        self.put("elsewhere", "")
        self.expect(UNAVAILABLE, "start", err="namespaces=1")
        self.assertEqual(self.modprobes(), [LOAD, UNLOAD])
        self.sys.mkdir(parents=True)
        self.expect(UNAVAILABLE, "start", err="namespaces=1")

    def test_another_namespace(self):
        self.other_namespace()
        self.expect(UNAVAILABLE, "start", err="use `khttpdctl run'")
        self.assertEqual(self.modprobes(), [])
        self.expect(GOOD, "stop", out="is not loaded")
        self.loaded()
        self.expect(UNAVAILABLE, "stop", err="would end all other servers")

    def test_a_lease_that_ends(self):
        self.loaded(0)
        self.put("proc/thread-self/net/khttpd/lease", "")
        self.expect(OS_ERROR, "start", err="the server has already ended")

    def test_usage(self):
        self.expect(USAGE, "start", "more", err="more")
        self.expect(USAGE, "stop", "--json", err="--json")

    def test_no_root(self):
        for command in ("start", "stop", "restart", "reload", "run", "log"):
            done = self.run_without_root(command)
            self.assertEqual(done.status, NO_PERMISSION, done)
            self.assertIn(f"{command} needs root: sudo khttpdctl {command}", done.err)


class Stop(Machine):
    def test_stop(self):
        self.loaded()
        self.put("log.more", "6,2,9,-;khttpd: unloaded after 17 requests\n")
        done = self.expect(GOOD, "stop", out="kernel: khttpd: unloaded after 17 requests\n")
        self.assertEqual((done.err, self.modprobes()), ("", [UNLOAD]))
        self.assertFalse(self.sys.exists())
        self.expect(GOOD, "stop", out="khttpdctl: khttpd is not loaded\n")

    def test_the_file_is_gone(self):
        """modprobe knows nothing of it; rmmod does."""
        self.loaded()
        self.stub("modprobe", "exit 1")
        self.stub("rmmod", 'rm -rf "$ROOT/sys/module/khttpd" "$ROOT/proc/thread-self/net/khttpd"')
        self.expect(GOOD, "stop")

    def test_an_older_module(self):
        self.old()
        self.expect(GOOD, "stop")
        self.assertFalse(self.sys.exists())

    def test_it_stays(self):
        self.loaded()
        self.stub("modprobe", "exit 1")
        self.stub("rmmod", "echo 'rmmod: ERROR: Module khttpd is in use' >&2; exit 1")
        self.expect(OS_ERROR, "stop", err="khttpdctl: khttpd cannot be unloaded: rmmod: ERROR: "
                    "Module khttpd is in use\n")


class Restart(Machine):
    def test_restart(self):
        for before in (self.loaded, self.old, lambda: None):
            before()
            self.expect(GOOD, "restart")
            self.assertEqual(self.in_force(), "port = 80\n")
            self.assertEqual((self.sys / "version").read_text(), "0.2.0\n")
            self.unloaded()
        self.assertEqual(self.modprobes(), [UNLOAD, LOAD, UNLOAD, LOAD, LOAD])

    def test_mistakes_leave_the_server(self):
        self.loaded()
        self.write("port = 0\n")
        self.expect(BAD, "restart", err=":1:8: error: port=0 is out of range")
        self.assertEqual(self.modprobes(), [])


class Reload(Machine):
    def test_reload(self):
        self.loaded()
        self.write("port = 81\n[site a]\nautoindex = on\n")
        self.expect(GOOD, "reload", out=f"khttpdctl: {self.conf} applied\n")
        self.assertEqual(self.in_force(), "port = 81\n[site a]\nautoindex = 1\n")

    def test_not_running(self):
        self.expect(UNAVAILABLE, "reload", err="khttpd is not running: start it first")
        self.loaded(0)
        self.expect(UNAVAILABLE, "reload", err="khttpd is not running: start it first")

    def test_refused(self):
        self.loaded()
        self.refuses(errno.EADDRINUSE, "0: cannot listen on ::1 port 80\n")
        done = self.expect(TEMPORARY, "reload", err=KEPT)
        self.assertIn("khttpdctl: cannot listen on ::1 port 80\n", done.err)
        self.assertIn("port = 80\nbind", self.in_force())
        self.refuses(errno.EPERM)
        self.expect(NO_PERMISSION, "reload", err="CAP_NET_ADMIN")

    def test_mistakes(self):
        self.loaded()
        self.write("docroot = /nowhere\nheader = set A b\n")
        self.refuses(errno.ENOENT, "1: docroot=/nowhere: no such directory\n2: warning: hm\n")
        done = self.expect(BAD, "reload", err=f"{self.conf}:1:11: error: docroot=/nowhere: no such "
                           "directory\n")
        self.assertIn(KEPT, done.err)
        self.assertNotIn("hm", done.err)
        self.write("docroot = x\n")
        done = self.expect(BAD, "reload", err=":1:11: error: ")
        self.assertIn(KEPT, done.err)

    def test_unknown_device(self):
        """The kernel alone knows devices; where the one is written is told with what it says."""
        self.loaded()
        self.write("port = 80\nbind = 192.0.2.1\nbind = *%eth9\n")
        self.refuses(errno.ENODEV, "2: bind: there is no network device eth9\n")
        done = self.expect(BAD, "reload", err="error: bind: there is no network device eth9\n")
        self.assertIn(f"{self.conf}:2:", done.err)
        self.assertIn("No such device", done.err)

    def test_mistakes_in_a_part(self):
        self.loaded()
        self.write("[site a]\ndocroot = /nowhere\n", "khttpd.conf.d/a.conf")
        self.refuses(errno.ENOENT, "3: docroot=/nowhere: no such directory, as in line 1\n")
        self.expect(BAD, "reload", err=f"{self.conf}.d/a.conf:2:11: error: docroot=/nowhere: no "
                    f"such directory, as in {self.conf}:1\n")

    def test_an_older_module(self):
        self.old()
        done = self.expect(1, "reload", err="run `khttpdctl restart'")
        self.assertEqual(done.out, "")

    def test_one_at_a_time(self):
        self.loaded()
        lock = open(self.root / "run/khttpdctl.lock", "w", encoding="ascii")
        fcntl.flock(lock, fcntl.LOCK_EX)
        timer = threading.Timer(0.5, lock.close)
        timer.start()
        begin = time.monotonic()
        self.expect(GOOD, "reload")
        timer.join()
        self.assertGreater(time.monotonic() - begin, 0.4)

    def test_no_lock(self):
        self.loaded()
        (self.root / "run").rmdir()
        self.expect(OS_ERROR, "reload", err="cannot open /run/khttpdctl.lock")
