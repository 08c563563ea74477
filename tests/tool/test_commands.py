# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The commands, their options and how they end."""
import json
import os
import pty
import subprocess

import support
from support import BAD, GOOD, NO_INPUT, USAGE, Tool


class CommandLine(Tool):
    def setUp(self):
        super().setUp()
        self.write("port = 80\n")

    def test_no_command(self):
        done = self.run_tool()
        self.assertEqual((done.status, done.out), (USAGE, ""), done)
        self.assertIn("Usage: khttpdctl", done.err)

    def test_unknown(self):
        for args, text in ((["chek"], "unknown command chek; did you mean check?"),
                           (["-q", "frob"], "unknown command frob;"),
                           (["help", "shwo"], "unknown command shwo; did you mean show?"),
                           (["check", "--frob"], "--frob"), (["check", "a", "b"], "b"),
                           (["--frob"], "--frob"), (["check", "-c"], "-c"),
                           (["show", "--json", "--canonical"], "--json")):
            done = self.run_tool(*args)
            self.assertEqual((done.status, done.out), (USAGE, ""), f"{args}: {done}")
            self.assertRegex(done.err, "^khttpdctl: .*; see khttpdctl --help\n$")
            self.assertIn(text, done.err)

    def test_no_root_and_no_module(self):
        """What needs neither, on this machine."""
        for text, status in (("port = 80 # all\ndocroot =\n", GOOD), ("port = 0\n", BAD),
                             ("port 80\n", BAD)):
            self.write(text)
            for args in (["check"], ["show", "--canonical", str(self.conf)]):
                done = self.run_without_root(*args)
                self.assertEqual(done.status, status, done)
        self.assertIn("khttpd.conf:1:1: error: ", done.err)

    def test_options_before_and_after(self):
        self.write("port = 81\n", "other")
        for args in (["-c", "other", "-q", "check"], ["check", "-c", "other", "-q"],
                     ["-q", "check", "-c", "other"], ["check", "-qc", "other"],
                     ["-t", "-q", "-c", "other"], ["-c", "other", "-q", "-t"],
                     ["check", "--quiet", "--config=other"], ["check", "-q", "other"]):
            done = self.run_tool(*args)
            self.assertEqual((done.status, done.out, done.err), (GOOD, "", ""), f"{args}: {done}")
        done = self.run_tool("show", "--canonical", "-c", "other")
        self.assertEqual(done.out, "port = 81\n", done)

    def test_an_option_as_the_name_of_a_file(self):
        self.write("port = 82\n", "-t")
        done = self.run_tool("show", "--canonical", "-c", "-t")
        self.assertEqual(done.out, "port = 82\n", done)

    def test_help(self):
        for args in (["--help"], ["-h"], ["help"]):
            done = self.run_tool(*args)
            self.assertEqual((done.status, done.err), (GOOD, ""), f"{args}: {done}")
            for word in ("check", "show", "version", "--quiet", "Exit status"):
                self.assertIn(word, done.out)
        for args in (["help", "show"], ["show", "--help"], ["show", "-h"]):
            done = self.run_tool(*args)
            self.assertEqual((done.status, done.err), (GOOD, ""), f"{args}: {done}")
            self.assertIn("--origin", done.out)

    def test_full_disk(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([support.PROGRAM, "show", str(self.conf)], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 71)
        self.assertIn("khttpdctl: cannot write: No space left", done.stderr)


class Check(Tool):
    def test_good(self):
        self.write("port = 80\nheader = set A b\n")
        done = self.run_tool("check")
        self.assertEqual((done.status, done.err), (GOOD, ""))
        self.assertRegex(done.out, rf"^khttpdctl: {self.conf} is good: \d+ settings, "
                         r"2 of them set\n$")

    def test_quiet(self):
        """Errors alone: no warnings."""
        self.write("relaxed_targets = 1\n")
        done = self.run_tool("-q", "check")
        self.assertEqual((done.status, done.out, done.err), (GOOD, "", ""))
        self.write("relaxed_targets = 1\nport = 0\n")
        done = self.run_tool("-q", "check")
        self.assertEqual((done.status, done.out, done.err.count("\n")), (BAD, "", 1))

    def colours(self, env):
        """Whether what a terminal gets has colours."""
        self.write("prot = 1\n")
        ours, theirs = pty.openpty()
        with subprocess.Popen([support.PROGRAM, "check", str(self.conf)], stdin=theirs,
                              stdout=theirs, stderr=theirs,
                              env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **env}):
            os.close(theirs)
            text = b""
            while True:
                try:
                    block = os.read(ours, 4096)
                except OSError:
                    break
                if not block:
                    break
                text += block
        os.close(ours)
        self.assertIn(b"error", text)
        return b"\033[" in text

    def test_colours(self):
        self.assertTrue(self.colours({}))
        self.assertFalse(self.colours({"NO_COLOR": "1"}))
        self.assertFalse(self.colours({"TERM": "dumb"}))
        self.assertNotIn("\033", self.run_tool("check").err)


class Show(Tool):
    TEXT = ('port = 80 # web\nbody = "a # b"\nindex = a b\nheader = set A "b c"\n'
            "[site w]\ncache_control = no-cache, private\n[location /x/]\nautoindex = on\n")

    def test_text(self):
        self.write(self.TEXT)
        done = self.run_tool("show")
        self.assertEqual((done.status, done.err), (GOOD, ""))
        lines = done.out.splitlines()
        for line in ("port = 80", "backlog = 4096", 'body = "a # b"', "charset = utf-8",
                     "cache_control =", "inline = 1", "index = a b", 'header = set A "b c"',
                     "[site w]", "cache_control = no-cache, private", "[location /x/]"):
            self.assertIn(line, lines)

    def test_what_is_shown_is_read_again(self):
        self.write(self.TEXT)
        shown = self.run_tool("show").out.replace("docroot = /var/www/khttpd", "docroot =")
        self.write(shown)
        self.assertEqual(self.run_tool("check").err, "")
        self.assertEqual(self.run_tool("show").out, shown)

    def test_words_that_need_more_quotes_in_a_file(self):
        text = ("index = \"'a\" \"b;\" \"c,d\"\nheader = set X \"a;\"\nheader = set Y \"'a\"\n"
                "[site a]\nheader = set Z \"a, b;\"\n")
        shown = self.run_tool("show", "-c", str(self.write(text))).out
        again = self.canonical(shown).splitlines()
        for line in self.canonical(text).splitlines():
            self.assertIn(line, again)

    def test_origin(self):
        self.write(self.TEXT)
        self.write("charset = x\n", "khttpd.conf.d/c.conf")
        lines = self.run_tool("show", "--origin").out.splitlines()
        for line in (f"{self.conf}:1\tport = 80", "default\tbacklog = 4096",
                     f"{self.conf}.d/c.conf:1\tcharset = x", f"{self.conf}:5\t[site w]",
                     f"{self.conf}:8\tautoindex = 1"):
            self.assertIn(line, lines)

    def test_json(self):
        self.write(self.TEXT)
        value = json.loads(self.run_tool("show", "--json").out)
        self.assertEqual(value["settings"]["port"], 80)
        self.assertIs(value["settings"]["inline"], True)
        self.assertEqual(value["settings"]["index"], ["a", "b"])
        self.assertEqual(value["settings"]["header"], [["set", "A", "b c"]])
        self.assertEqual(value["settings"]["docroot"], "/var/www/khttpd")
        site = value["sites"][0]
        self.assertEqual((site["names"], site["settings"]),
                         (["w"], {"cache_control": "no-cache, private"}))
        self.assertEqual(site["locations"], [{"pattern": ["/x/"], "settings": {"autoindex": True}}])

    def test_json_with_origin(self):
        self.write(self.TEXT)
        value = json.loads(self.run_tool("show", "--json", "--origin").out)
        self.assertEqual(value["settings"]["port"],
                         {"value": 80, "file": str(self.conf), "line": 1})
        self.assertEqual(value["settings"]["backlog"], {"value": 4096})

    def test_order_of_access(self):
        text = "deny = 192.0.2.1\nallow = all\ndeny = ::1\n"
        self.write(text)
        self.assertIn(text, self.run_tool("show").out)
        value = json.loads(self.run_tool("show", "--json").out)["settings"]
        self.assertEqual(value["access"],
                         [["deny", "192.0.2.1"], ["allow", "all"], ["deny", "::1"]])
        self.assertNotIn("deny", value)

    def test_json_of_other_bytes(self):
        self.write("body = caf\xe9\n".encode("latin-1"))
        self.assertEqual(json.loads(self.run_tool("show", "--json").out)["settings"]["body"],
                         "caf\ufffd")

    def test_mistakes(self):
        self.write("port = 0\n")
        done = self.run_tool("show")
        self.assertEqual((done.status, done.out), (BAD, ""), done)
        self.assertEqual(self.run_tool("show", "nothing").status, NO_INPUT)
