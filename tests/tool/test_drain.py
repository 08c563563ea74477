# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""drain, and what stop does of it, on a machine in a folder."""
import time

from machine import NOT_RUNNING, TEMPORARY, UNAVAILABLE, Machine
from support import GOOD

FOUND = 1
CONFIG = "port = 80\ndrain = 0\ndrain_timeout = {}\nbind = *\n[site a]\nindex = drain = 0\n"
SERVER = "proc/thread-self/net/khttpd/"


class Serving(Machine):
    def serves(self, connections=0, timeout=0):
        self.loaded(config=CONFIG.format(timeout))
        self.put(SERVER + "connections", str(connections))


class Drain(Serving):
    def test_nobody_is_there(self):
        self.serves()
        self.expect(GOOD, "drain", out="khttpdctl: drained: no connection is left\n")
        self.assertEqual(self.in_force(), CONFIG.format(0).replace("drain = 0", "drain = 1", 1))
        self.assertEqual(self.expect(GOOD, "-q", "drain").out, "")

    def test_somebody_stays(self):
        self.serves(connections=2)
        begin = time.monotonic()
        self.expect(FOUND, "drain", "--timeout", "1", err="2 connections left after 1 s\n")
        self.assertGreaterEqual(time.monotonic() - begin, 1)
        self.put(SERVER + "status", "listeners 1\nconnections_active 1\n")
        self.expect(FOUND, "drain", "--timeout", "0", err="1 connection left after 0 s\n")

    def test_it_is_told(self):
        self.serves(connections=2)
        self.expect(FOUND, "drain", "--timeout", "6", out="draining: 2 connections left\n")

    def test_nobody_serves(self):
        self.expect(NOT_RUNNING, "drain", err="khttpd is not running")
        self.loaded(0)
        self.expect(NOT_RUNNING, "drain", err="khttpd is not running")

    def test_an_older_module(self):
        self.old()
        self.expect(UNAVAILABLE, "drain", err="cannot drain: restart")

    def test_it_is_refused(self):
        self.serves()
        self.refuses(12, "0: out of memory\n")
        self.expect(TEMPORARY, "drain", err="out of memory")
        self.assertEqual(self.in_force(), CONFIG.format(0))


class DrainBeforeStop(Serving):
    def test_stop_drains(self):
        self.serves(connections=1, timeout=1)
        self.expect(GOOD, "stop", err="1 connection left after 1 s\n")
        self.assertFalse(self.sys.exists())

    def test_stop_does_not(self):
        """Without a time, and where the server drains already."""
        self.serves(connections=1)
        self.assertEqual(self.expect(GOOD, "stop").err, "")
        self.loaded(config=CONFIG.format(60).replace("drain = 0", "drain = 1", 1))
        begin = time.monotonic()
        self.expect(GOOD, "stop")
        self.assertLess(time.monotonic() - begin, 20)

    def test_stop_goes_on(self):
        self.serves(timeout=1)
        self.refuses(12)
        self.expect(GOOD, "stop", err="does not drain")
        self.assertFalse(self.sys.exists())
