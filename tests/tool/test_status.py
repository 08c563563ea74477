# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""status, version and what show says of a server that runs."""
import json
import re
from pathlib import Path

from machine import NOT_RUNNING, RELEASE, Machine
from support import GOOD

VERSION = re.search(r'KHTTPD_VERSION "(.*)"', (Path(__file__).resolve().parent.parent.parent
                    / "src/kapi/version.h").read_text(encoding="utf-8")).group(1)


class Status(Machine):
    def test_text(self):
        self.loaded()
        done = self.expect(GOOD, "status")
        self.assertEqual(done.out, "khttpd 0.2.0 is running on port 8081\n  version: 0.2.0\n"
                         "  port: 8081\n  listeners: 2\n  requests: 17\n")
        self.put("built", "0.3.0\n")
        self.expect(GOOD, "status", out="version 0.3.0 is installed: restart to use it\n")

    def test_json(self):
        self.loaded(status="held -1\nlarge 18446744073709551616\nodd 007\nword a \"b\n")
        value = json.loads(self.expect(GOOD, "status", "--json").out)
        self.assertEqual(value, {
            "loaded": True, "running": True, "installed_version": "0.2.0", "version": "0.2.0",
            "port": 8081, "listeners": 2, "requests": 17, "held": -1,
            "large": "18446744073709551616", "odd": "007", "word": 'a "b'})

    def test_not_running(self):
        self.assertEqual(self.expect(NOT_RUNNING, "status").out, "khttpd is not running\n")
        (self.root / "built").unlink()
        value = json.loads(self.expect(NOT_RUNNING, "status", "--json").out)
        self.assertEqual(value, {"loaded": False, "running": False, "installed_version": None})

    def test_without_a_server(self):
        self.loaded(0)
        self.expect(NOT_RUNNING, "status",
                    out="khttpd 0.2.0 is loaded, but no server is running here\n")
        value = json.loads(self.expect(NOT_RUNNING, "status", "--json").out)
        self.assertEqual((value["loaded"], value["running"]), (True, False))

    def test_an_older_module(self):
        self.old()
        self.expect(GOOD, "status", out="khttpd 0.1.0 is running on port 8081\nversion 0.2.0 is "
                    "installed: restart")


class Version(Machine):
    def test_version(self):
        for args in (["-V"], ["--version"], ["version"]):
            self.assertEqual(self.expect(GOOD, *args).out, f"khttpdctl {VERSION}\nmodule for "
                             f"kernel {RELEASE}: 0.2.0\nmodule loaded: no\n")
        self.old()
        (self.root / "built").unlink()
        self.expect(GOOD, "version", out=f"module for kernel {RELEASE}: not built\n"
                    "module loaded: 0.1.0\n")


class InForce(Machine):
    CONFIG = ('port = 8081\nbody = "Hello \\\\n"\ninline = 1\nindex = a b\nnew = 1\n'
              'header = set A "b c"\n[location /x/]\nautoindex = 1\n[site w *.w]\n'
              'cache_control = "no-cache, private"\n[location = /y]\nautoindex = 0\n')

    def test_text(self):
        self.assertIn("port = 80\n", self.expect(GOOD, "show").out)
        self.loaded(config=self.CONFIG)
        for args in (["show"], ["show", "--canonical"]):
            self.assertEqual(self.expect(GOOD, *args).out, self.CONFIG)

    def test_a_file_that_is_named(self):
        self.loaded(config=self.CONFIG)
        self.write("port = 82\n", "other")
        for args in (["show", "other"], ["show", "-c", "other"]):
            self.assertIn("\nport = 82\n", self.expect(GOOD, *args).out)
        self.expect(GOOD, "show", "--origin", out=f"{self.conf}:1\tport = 80\n")

    def test_json(self):
        self.loaded(config=self.CONFIG)
        value = json.loads(self.expect(GOOD, "show", "--json").out)
        self.assertEqual({name: value["settings"][name] for name in
                          ("port", "body", "inline", "index", "header")},
                         {"port": 8081, "body": "Hello \\n", "inline": True, "index": ["a", "b"],
                          "header": [["set", "A", "b c"]]})
        self.assertEqual(value["locations"],
                         [{"pattern": ["/x/"], "settings": {"autoindex": True}}])
        self.assertEqual(value["sites"], [{
            "names": ["w", "*.w"], "settings": {"cache_control": "no-cache, private"},
            "locations": [{"pattern": ["=", "/y"], "settings": {"autoindex": False}}]}])

    def test_an_older_module(self):
        self.old()
        self.expect(GOOD, "show", out="body = Hello World!\\n\n")
        value = json.loads(self.expect(GOOD, "show", "--json").out)["settings"]
        self.assertEqual((value["body"], value["cache_control"]), ("Hello World!\\n", ""))
