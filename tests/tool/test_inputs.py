# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Where a configuration is read from: files of any name, pipes, standard input, drop-in files."""
import os
import time
import shlex
import subprocess

import support
from support import BAD, GOOD, NO_INPUT, Tool


class Inputs(Tool):
    def good(self, done):
        self.assertEqual((done.status, done.err), (GOOD, ""), done)
        self.assertIn("is good", done.out)

    def shell(self, command):
        """Runs a line of bash in which $tool is the program."""
        done = subprocess.run(["bash", "-c", f"tool={shlex.quote(support.PROGRAM)}; {command}"],
                              cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        return support.Done(done.returncode, done.stdout, done.stderr)

    def test_names(self):
        for name in ("a=b.conf", "conf=x", "reading=file", "a b", "é.conf", "-", "--x", "[site a]"):
            self.write("port = 80\n", name)
            path = name if name[0] != "-" else "./" + name
            self.good(self.run_tool("check", path))
            self.good(self.run_tool("-c", path, "check"))
            self.write("prot = 80\n", name)
            done = self.run_tool("check", path)
            self.assertEqual(done.status, BAD)
            self.assertTrue(done.err.startswith(path + ":1:1: error: "), done)

    def test_environment(self):
        self.write("port = 80\n", "other")
        self.write("prot = 80\n")
        self.good(self.run_tool("check", env={"KHTTPD_CONF": str(self.dir / "other")}))

    def test_standard_input(self):
        self.good(self.run_tool("check", "-", text="port = 80\n"))
        self.good(self.run_tool("-c", "-", "check", text="port = 80\n"))
        self.good(self.run_tool("check", "/dev/stdin", text="port = 80\n"))
        done = self.run_tool("check", "-", text="prot = 80\n")
        self.assertTrue(done.err.startswith("<stdin>:1:1: error: "), done)
        done = self.run_tool("show", "--canonical", "-", text="port = 1 # one\n")
        self.assertEqual(done.out, "port = 1\n")

    def test_pipes(self):
        self.write("port = 80\n")
        self.good(self.shell("$tool check <(cat khttpd.conf)"))
        self.good(self.shell("cat khttpd.conf | $tool check -"))
        self.good(self.shell("(printf 'po'; sleep 0.1; echo 'rt = 80') | $tool check /dev/stdin"))
        self.good(self.shell("mkfifo f; cat khttpd.conf > f & $tool check f"))

    def test_closed_standard_input(self):
        done = self.shell("$tool check - <&-")
        self.assertEqual(done.status, NO_INPUT, done)
        self.assertIn("<stdin>:1:1: error: cannot be read: ", done.err)

    def test_no_file(self):
        done = self.run_tool("check", "nothing")
        self.assertEqual(done.status, NO_INPUT, done)
        self.assertIn("nothing:1:1: error: cannot be opened: No such file", done.err)

    def test_folder(self):
        for path in (".", "/", str(self.dir)):
            done = self.run_tool("check", path)
            self.assertEqual(done.status, NO_INPUT, done)
            self.assertIn(f"{path}:1:1: error: is a directory; name a file", done.err)

    def test_endless(self):
        done = self.run_tool("check", "/dev/zero")
        self.assertEqual(done.status, NO_INPUT, done)
        self.assertIn("larger than 16 MiB", done.err)
        self.good(self.run_tool("check", "/dev/null"))
        most = b"#" * ((16 << 20) - 1) + b"\n"
        self.good(self.run_tool("check", "-", text=most))
        self.assertEqual(self.run_tool("check", "-", text=most + b"\n").status, NO_INPUT)

    def test_long_lines(self):
        text = "[site a]\n" + "".join(f"reply = /{n} 200 text/plain \"{'x y' * 600}\"\n"
                                      for n in range(500))
        self.assertEqual(self.canonical(text), text)
        self.good(self.run_tool("check", "-", text="#" * 1000000 + "\n"))
        done = self.run_tool("check", "-", text="p" * 1000000 + " = 1\n")
        self.assertLess(len(done.err), 200)
        begin = time.monotonic()
        done = self.run_tool("check", "-", text="allow = " + "10.0.0.1 " * 300000 + "\n")
        self.assertIn("1:1161: error: a line can have 128 words", done.err)
        self.assertLess(time.monotonic() - begin, 20)


class DropIns(Tool):
    def test_in_order(self):
        """By name, each from the top on, and the top's settings first."""
        self.write("port = 80\n[site a]\n")
        self.write("header = set B b\n[location /b/]\n", "khttpd.conf.d/20-b.conf")
        self.write("header = set A a\n[site c]\n", "khttpd.conf.d/10-a.conf")
        for name in ("x", "x.conf~", ".x.conf", "x.conf.bak", ".conf"):
            self.write("nonsense\n", "khttpd.conf.d/" + name)
        done = self.run_tool("show", "--canonical")
        self.assertEqual(done.out, "port = 80\nheader = set A a\nheader = set B b\n[location /b/]\n"
                         "[site a]\n[site c]\n", done)

    def test_by_name(self):
        names = [f"{number:02}" for number in range(20)]
        self.write("")
        for name in sorted(names, key=lambda name: name[::-1]):
            self.write(f"header = add N{name} a\n", f"khttpd.conf.d/{name}.conf")
        done = self.run_tool("show", "--canonical")
        self.assertEqual(done.out, "".join(f"header = add N{name} a\n" for name in names), done)

    def test_beside_any_file(self):
        self.write("port = 80\n", "new")
        self.write("prot = 80\n", "new.d/a.conf")
        for args in (("check", "new"), ("-c", "new", "check"), ("check", "./new")):
            done = self.run_tool(*args)
            self.assertEqual(done.status, BAD, done)
            self.assertIn("new.d/a.conf:1:1: error: ", done.err)

    def test_not_with_standard_input(self):
        self.write("prot = 80\n", "-.d/a.conf")
        self.assertEqual(self.run_tool("check", "-", text="port = 80\n").status, GOOD)

    def test_set_twice(self):
        self.write("port = 80\n")
        self.write("\nport = 81\n", "khttpd.conf.d/a.conf")
        done = self.run_tool("check")
        self.assertEqual(done.status, BAD)
        self.assertIn(f"{self.conf}.d/a.conf:2:1: error: port is set twice, first in {self.conf}:1",
                      done.err)

    def test_lists_go_on(self):
        self.write("index = a\nheader = set A a\n")
        self.write("index = b\nheader = set B b\n", "khttpd.conf.d/a.conf")
        self.assertEqual(self.run_tool("show", "--canonical").out,
                         "index = a b\nheader = set A a\nheader = set B b\n")

    def test_one_that_cannot_be_read(self):
        self.write("port = 80\n")
        os.makedirs(self.dir / "khttpd.conf.d/a.conf")
        done = self.run_tool("check")
        self.assertEqual(done.status, NO_INPUT, done)
        self.assertIn("a.conf:1:1: error: is a directory", done.err)
