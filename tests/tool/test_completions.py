# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Completions of bash, zsh and fish: they have every command and option, and complete."""
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from support import Tool

FOLDER = Path(__file__).resolve().parent.parent.parent / "tools/khttpdctl/completions"
NAMES = {"bash": "khttpdctl.bash", "zsh": "_khttpdctl", "fish": "khttpdctl.fish"}


class Completions(Tool):
    def outputs(self, shell, words):
        """What the shell would put for the last of the words."""
        file = FOLDER / NAMES[shell]
        if shell == "fish":
            command = ["fish", "--no-config", "-c",
                       f"source {file}; complete -C '{' '.join(words)}'"]
        else:
            quoted = " ".join(f"'{word}'" for word in words)
            command = ["bash", "--norc", "-c",
                       f"source {file}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
                       "_khttpdctl; printf '%s\\n' \"${COMPREPLY[@]}\""]
        done = subprocess.run(command, cwd=self.dir, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return {line.split("\t")[0] for line in done.stdout.splitlines() if line}

    def check(self, shell):
        self.write("", "a.conf")
        self.write("", "folder/a.conf")
        for words, wanted in ((["ch"], {"check"}), (["-q", "sh"], {"show"}),
                              (["show", "--js"], {"--json"}), (["--con"], {"--config"}),
                              (["check", "a"], {"a.conf"}), (["check", "-c", "a"], {"a.conf"}),
                              (["help", "ver"], {"version"}), (["version", "x"], set()),
                              (["re"], {"restart", "reload"}), (["start", "-f", "a"], {"a.conf"}),
                              (["run", "--file", "a"], {"a.conf"}), (["stop", "a"], set()),
                              (["status", "--js"], {"--json"}), (["log", "--fol"], {"--follow"}),
                              (["log", "-f", "a"], set()), (["log", "-o", "a"], {"a.conf"}),
                              (["start", "--st"], {"--stay"}), (["health", "--ti"], {"--timeout"}),
                              (["doctor", "--ke"], {"--kernel"})):
            self.assertEqual(self.outputs(shell, ["khttpdctl", *words]), wanted, words)

    def test_bash(self):
        self.check("bash")
        self.assertEqual(self.outputs("bash", ["khttpdctl", "digests", "f"]), {"folder"})
        self.assertEqual(self.outputs("bash", ["khttpdctl", "-c", "check", "ch"]), {"check"})

    @unittest.skipUnless(shutil.which("fish"), "no fish here")
    def test_fish(self):
        self.check("fish")
        self.assertEqual(self.outputs("fish", ["khttpdctl", "digests", "f"]), {"folder/"})

    @unittest.skipUnless(shutil.which("zsh"), "no zsh here")
    def test_zsh_syntax(self):
        done = subprocess.run(["zsh", "-n", str(FOLDER / NAMES["zsh"])], stderr=subprocess.PIPE,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_all_are_there(self):
        """What --help names, of the tool and of each command, is in every file."""
        text = self.run_tool("--help").out
        commands = re.findall(r"^  ([a-z]+) ", text, flags=re.M)
        self.assertIn("check", commands)
        for command in commands:
            text += self.run_tool("help", command).out
        for shell, name in NAMES.items():
            completion = (FOLDER / name).read_text(encoding="utf-8")
            for command in commands:
                self.assertRegex(completion, rf"\b{command}\b", shell)
            for option in set(re.findall(r"--([a-z]+)", text)):
                long = f"-l {option}" if shell == "fish" else f"--{option}"
                self.assertIn(long, completion, shell)
