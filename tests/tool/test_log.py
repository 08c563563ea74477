# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""log: what the server has recorded."""
import json
import os
import signal
import subprocess
import threading
import time

import support
from machine import NOT_RUNNING, OS_ERROR, UNAVAILABLE, Machine
from support import GOOD, USAGE

LINE = ('192.0.2.7 - - [24/Nov/2026:09:30:00 +0000] "GET /a%20b HTTP/1.1" 200 13 '
        '"http://x/\\"y\\\\" "caf\\xc3\\xa9\\x01\\n"\n')


class Log(Machine):
    def setUp(self):
        super().setUp()
        self.loaded()
        self.file = self.put("proc/thread-self/net/khttpd/log", "one\ntwo\n")

    def test_log(self):
        self.assertEqual(self.expect(GOOD, "log").out, "one\ntwo\n")
        self.put("proc/thread-self/net/khttpd/log", "")
        self.assertEqual(self.expect(GOOD, "log").out, "")

    def test_json(self):
        self.put("proc/thread-self/net/khttpd/log",
                 LINE + '::1 - - [01/Jan/2027:00:00:00 +0000] "-" 400 - "-" "-"\nodd "line\n')
        values = [json.loads(line) for line in self.expect(GOOD, "log", "--json").out.splitlines()]
        self.assertEqual(values, [
            {"address": "192.0.2.7", "time": "2026-11-24T09:30:00Z",
             "request": "GET /a%20b HTTP/1.1", "method": "GET", "target": "/a%20b",
             "version": "HTTP/1.1", "status": 200, "bytes": 13, "referer": 'http://x/"y\\',
             "user_agent": "caf\u00e9\x01\n"},
            {"address": "::1", "time": "2027-01-01T00:00:00Z", "request": None, "status": 400,
             "bytes": 0, "referer": None, "user_agent": None},
            {"line": 'odd "line'}])

    def follow(self, *args):
        # Without a buffer between, as a pipe has none.
        return subprocess.Popen(
            [support.PROGRAM, "--root", str(self.root), "log", *args], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, **self.environment()})

    def test_follow(self):
        for option in ("-f", "--follow"):
            self.loaded()
            self.put("proc/thread-self/net/khttpd/log", "one\n")
            with self.follow(option) as process:
                self.assertEqual(process.stdout.readline(), "one\n")
                with open(self.file, "a", encoding="ascii") as file:
                    file.write("later\n")
                self.assertEqual(process.stdout.readline(), "later\n")
                self.unloaded()
                self.assertEqual(process.wait(10), NOT_RUNNING)
                self.assertEqual(process.stderr.read(), "khttpdctl: khttpd was unloaded\n")

    def test_a_file_that_is_renamed(self):
        """SIGHUP opens it anew, SIGTERM ends it; no line is lost."""
        output = self.dir / "access.log"
        output.write_text("before\n", encoding="ascii")
        with self.follow("-f", "-o", str(output)) as process:
            self.addCleanup(process.kill)
            self.until(lambda: output.read_text() == "before\none\ntwo\n")
            output.rename(self.dir / "access.log.1")
            with open(self.file, "a", encoding="ascii") as file:
                file.write("late\n")
            self.until(lambda: (self.dir / "access.log.1").read_text().endswith("late\n"))
            process.send_signal(signal.SIGHUP)
            self.until(output.exists)
            self.assertEqual(output.stat().st_mode & 0o777, 0o640)
            with open(self.file, "a", encoding="ascii") as file:
                file.write("new\n")
            self.until(lambda: output.read_text() == "new\n")
            # What cannot be opened anew goes on by the file that is open.
            output.rename(self.dir / "access.log.2")
            output.mkdir()
            process.send_signal(signal.SIGHUP)
            self.assertIn("cannot open it anew", process.stderr.readline())
            with open(self.file, "a", encoding="ascii") as file:
                file.write("last\n")
            self.until(lambda: (self.dir / "access.log.2").read_text() == "new\nlast\n")
            process.terminate()
            self.assertEqual(process.wait(10), GOOD)
        self.expect(OS_ERROR, "log", "-o", str(output), err="cannot open")

    def until(self, holds):
        for _ in range(200):
            if holds():
                return
            time.sleep(0.05)
        self.fail("it did not come about in ten seconds")

    def test_follow_in_parts_of_lines(self):
        self.put("proc/thread-self/net/khttpd/log", LINE[:40])
        with self.follow("-f", "--json") as process:
            time.sleep(0.3)
            with open(self.file, "a", encoding="ascii") as file:
                file.write(LINE[40:])
            self.assertEqual(json.loads(process.stdout.readline())["status"], 200)
            process.terminate()

    def test_the_reader_goes(self):
        self.put("proc/thread-self/net/khttpd/log", "line\n" * 100000)
        with self.follow("-f") as process:
            timer = threading.Timer(10, process.kill)
            timer.start()
            self.assertEqual(process.stdout.readline(), "line\n")
            process.stdout.close()
            self.assertEqual(process.wait(), GOOD)
            timer.cancel()

    def test_nothing_is_recorded(self):
        self.put("proc/thread-self/net/khttpd/config", "access_log = 0\n")
        self.expect(UNAVAILABLE, "log", err="nothing is recorded: set access_log = 1 and reload")
        self.put("proc/thread-self/net/khttpd/config", "access_log = 0\n[site a]\naccess_log = 1\n")
        self.expect(GOOD, "log", out="two")

    def test_no_server(self):
        for listeners in (0, None):
            if listeners is None:
                self.unloaded()
            else:
                self.loaded(listeners)
            self.expect(UNAVAILABLE, "log", err="khttpd is not running: start it first")

    def test_usage(self):
        self.expect(USAGE, "log", "--nonsense", err="--nonsense")
        self.expect(USAGE, "log", "-f", "more", err="more")
