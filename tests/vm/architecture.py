# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The architecture of a test machine, which may be another than that of this one."""

import glob
import os
import platform
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


def split(kernel):
    """("bookworm", "arm64") of "bookworm-arm64"; the second is empty where it says none."""
    found = re.fullmatch(r"(.*)-(amd64|arm64)", kernel)
    return (found[1], found[2]) if found else (kernel, "")


class Architecture:
    """What tests/lib/arch has of the one named, or of this machine's."""

    def __init__(self, name=""):
        self.name = self._told("name", name)
        self.native = self.name == self._told("name", "")
        self.emulator = self._told("emulator", self.name)
        self.board = self._told("board", self.name)
        self.console = self._told("console", self.name)
        self.tools = "" if self.native else self._told("tools", self.name)

    @staticmethod
    def _told(what, name):
        return subprocess.run([os.path.join(TOP, "tests/lib/arch"), what,
                               name or platform.machine()],
                              check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    @property
    def options(self):
        """Of the kernel's command line."""
        # An emulated timer's interrupts may come too late for the check of them.
        return f"console={self.console}" + " no_timer_check" * (self.name == "amd64")

    def khttpdctl(self):
        """The folder with the tool as one file, for a machine without libraries of C++, and with
        verdicts.cc made of the same objects."""
        folder = os.path.join(TOP, "build", "tools-static" + f"-{self.name}" * (not self.native))
        tool = os.path.join(TOP, "tools/khttpdctl")
        compiler = self.tools + "g++"
        subprocess.run(["make", "-s", f"-j{os.cpu_count()}", "-C", tool, f"BUILD={folder}",
                        f"CXX={compiler}", "CXXFLAGS=-O1", "LDFLAGS=-static"], check=True)
        objects = set(glob.glob(f"{folder}/**/*.o", recursive=True)) - {f"{folder}/main.o"}
        subprocess.run([compiler, "-std=gnu++20", "-O1", "-static", f"-I{TOP}/src", f"-I{tool}",
                        os.path.join(HERE, "verdicts.cc"), *sorted(objects), "-o",
                        os.path.join(folder, "verdicts")], check=True)
        return folder
