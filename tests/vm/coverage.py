# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Which lines of the module a run of the tests has reached, as the kernel's gcov has counted."""

import collections
import contextlib
import io
import json
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
IN_ROOT = os.path.join(os.path.dirname(HERE), "lib", "in-root")
# Where tests/lib/module has the sources while it builds.
SOURCES = "/src/src/"


class Function:
    """One place in the sources; the compiler may have made several of it, and inlined others."""

    def __init__(self, name, times):
        self.name = name
        self.times = times


def reports_of(root, folder, names):
    """What the gcov of the compiler that built the module says of the objects, which lie there."""
    for name in names:
        text = subprocess.run(
            [IN_ROOT, root, "--bind", f"{folder}:/out", "/bin/sh", "-c",
             f"cd /out && gcov --json-format --demangled-names --stdout {name}.gcda"],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        for line in filter(None, text.splitlines()):
            yield json.loads(line)


def counts_of(reports):
    """By file: how often each line was run, and each function, by the line it begins at. What a
    header has is in several objects, and in one of them for each instance of a template."""
    lines = collections.defaultdict(collections.Counter)
    functions = collections.defaultdict(dict)
    for report in reports:
        for file in report["files"]:
            name = os.path.normpath(os.path.join(report["current_working_directory"],
                                                 file["file"]))
            if not name.startswith(SOURCES):
                continue
            name = name[len(SOURCES):]
            for line in file["lines"]:
                lines[name][line["line_number"]] += line["count"]
            for one in file["functions"]:
                known = functions[name].setdefault(
                    one["start_line"], Function(one["demangled_name"], 0))
                known.times += one["execution_count"]
    return lines, functions


def show_lines(lines):
    print(f"{'lines':>6} {'reached':>7}     file")
    for name, counts in sorted(lines.items()) + [("all", collections.Counter(
            {(name, line): count for name, counts in lines.items()
             for line, count in counts.items()}))]:
        reached = sum(count > 0 for count in counts.values())
        print(f"{len(counts):6} {reached:7} {100 * reached // max(1, len(counts)):3} %  {name}")


def show_functions(lines, functions):
    """Those that nothing has reached: neither as a function nor as lines inlined in another."""
    missed = [f"{name}:{start}: {function.name}" for name, found in sorted(functions.items())
              for start, function in sorted(found.items())
              if not function.times and not lines[name][start]]
    print(f"{len(missed)} functions that nothing reached:")
    for line in missed:
        print("    " + line)


def show(files, parts, keep):
    """Prints both tables, into DIR/coverage too; whether there was anything to print."""
    built = os.path.join(os.path.dirname(parts.module), "src")
    names = [os.path.splitext(name)[0] for name in sorted(files) if name.endswith(".gcda")]
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            with open(os.path.join(folder, name + ".gcda"), "wb") as file:
                file.write(files[name + ".gcda"])
            shutil.copy(os.path.join(built, name + ".gcno"), folder)
        lines, functions = counts_of(reports_of(parts.build_root, folder, names))
    reached = sum(count > 0 for counts in lines.values() for count in counts.values())
    if not reached:
        print("vm: FAILED: --coverage: the module has counted nothing")
        return False
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        show_lines(lines)
        show_functions(lines, functions)
    print(text.getvalue(), end="")
    if keep:
        with open(os.path.join(keep, "coverage"), "w", encoding="utf-8") as file:
            file.write(text.getvalue())
    return True
