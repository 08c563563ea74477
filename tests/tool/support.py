# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What the tests of khttpdctl share: running it on a configuration in a folder of its own."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

PROGRAM = ""  # set by the runner
GOOD, USAGE, NO_INPUT, BAD = 0, 64, 66, 78


class Done:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __str__(self):
        return f"status {self.status}\n{self.out}{self.err}"


class Tool(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.dir = Path(self.folder.name)
        self.conf = self.dir / "khttpd.conf"
        # Where no module is loaded, whatever this machine has.
        self.root = self.dir / "machine"

    def run_tool(self, *args, text=None, env=None, cwd=None):
        """Runs the tool; `text` is its standard input."""
        data = text.encode() if isinstance(text, str) else text
        done = subprocess.run(
            [PROGRAM, "--root", str(self.root), *args], input=data,
            stdin=None if data is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd=cwd or self.dir,
            env={**os.environ, "KHTTPD_CONF": str(self.conf), **(env or {})})
        return Done(done.returncode, done.stdout.decode(errors="replace"),
                    done.stderr.decode(errors="replace"))

    def run_without_root(self, *args):
        """On this machine itself, as nobody where the tests run as root."""
        program = self.dir / "khttpdctl"
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        if not program.exists():
            os.chmod(self.dir, 0o755)
            shutil.copy(PROGRAM, program)
        done = subprocess.run([program, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False,
                              env={**os.environ, "KHTTPD_CONF": str(self.conf)}, **other)
        return Done(done.returncode, done.stdout, done.stderr)

    def write(self, text, name="khttpd.conf"):
        path = self.dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def canonical(self, text):
        """The canonical text of a configuration that is good."""
        self.write(text)
        done = self.run_tool("show", "--canonical")
        self.assertEqual(done.status, GOOD, f"{text!r}: {done}")
        return done.out

    def settings(self, text):
        self.write(text)
        done = self.run_tool("show", "--json")
        self.assertEqual(done.status, GOOD, f"{text!r}: {done}")
        return json.loads(done.out)["settings"]

    def messages(self, text, status):
        """The lines of a check, without the file's name; all have the same form."""
        self.write(text)
        done = self.run_tool("check")
        self.assertEqual(done.status, status, f"{text!r}: {done}")
        lines = done.err.splitlines()
        for line in lines:
            self.assertRegex(line, r"^[^:]+:\d+:\d+: (error|warning): [^ ]")
        return [line.replace(str(self.conf) + ":", "", 1) for line in lines]

    def refused(self, text, *parts):
        """One mistake, with these parts in its message: LINE:COLUMN and what to write instead."""
        lines = self.messages(text, BAD)
        self.assertEqual(len([line for line in lines if " error: " in line]), 1, lines)
        for part in parts:
            self.assertIn(part, "\n".join(lines), text)

    def warned(self, text, *parts):
        lines = self.messages(text, GOOD)
        self.assertEqual(len(lines), 1, lines)
        for part in parts:
            self.assertIn(part, lines[0], text)

    def accepted(self, text, canonical):
        """Good without a word, and this canonical text."""
        self.assertEqual(self.messages(text, GOOD), [], text)
        self.assertEqual(self.canonical(text), canonical, text)
