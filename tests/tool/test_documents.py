# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The examples of the documentation: those of docs/language.md are what the canonical text behind
each says; those of docs/examples are good; README shows what the tool says."""
import re
from pathlib import Path

from support import Tool

TOP = Path(__file__).resolve().parent.parent.parent
DOCS = TOP / "docs"


class Documents(Tool):
    def test_examples(self):
        text = (DOCS / "language.md").read_text(encoding="utf-8")
        pairs = re.findall(r"^```khttpd.conf\n(.*?)^```\n.*?^```canonical\n(.*?)^```", text,
                           flags=re.S | re.M)
        self.assertEqual(len(pairs), text.count("```khttpd.conf"))
        for example, canonical in pairs:
            self.assertEqual(self.canonical(example), canonical)

    def test_whole_files(self):
        files = sorted((DOCS / "examples").glob("*.conf"))
        files.append(DOCS / "examples/cluster/khttpd.conf")
        self.assertGreater(len(files), 1)
        for file in files:
            done = self.run_tool("check", str(file))
            self.assertEqual(done.status, 0, done.err)
            self.assertNotIn("error:", done.err)
            # Of the document roots alone, which are on no machine that tests.
            for line in done.err.splitlines():
                self.assertIn(f"{file}:", line)
                self.assertIn("/srv/", line)

    def test_tracepoints(self):
        """khttpd(4) has each with its fields, and nothing else."""
        header = (TOP / "src/kapi/observe/trace.h").read_text(encoding="utf-8")
        events, classes = [], {}
        parts = re.split(r"^(TRACE|DECLARE|DEFINE)_EVENT\w*\(", header, flags=re.M)[1:]
        for kind, text in zip(parts[::2], parts[1::2]):
            fields = " ".join(re.findall(r"__(?:field|array)\([^,]*, (\w+)", text))
            names = re.findall(r"\w+", text)
            if kind == "DECLARE":
                classes[names[0]] = fields
            elif kind == "DEFINE":
                events.append((names[1], classes[names[0]]))
            else:
                events.append((names[0], fields))
        page = (TOP / "man/khttpd.4").read_text(encoding="utf-8")
        self.assertEqual(events and sorted(events),
                         sorted(re.findall(r"^\.It Li (khttpd_\w+) : (.*)$", page, flags=re.M)))

    def test_readme(self):
        text = (TOP / "README.md").read_text(encoding="utf-8")
        shown = re.search(r"^\$ tail -n 2 (\S+)\n(.*?)^\$ khttpdctl check\n(.*?)^```", text,
                          flags=re.S | re.M)
        name, mistakes, said = shown.groups()
        self.write((TOP / "etc/khttpd.conf").read_text(encoding="utf-8") + mistakes)
        lines = self.run_tool("check").err.replace(str(self.conf), name).splitlines(keepends=True)
        self.assertEqual("".join(line for line in lines if " error: " in line), said)
        minimal = re.search(r"^One file, `/etc/khttpd.conf`.*?^```\n(.*?)^```", text,
                            flags=re.S | re.M)
        self.assertNotIn("error", "".join(self.messages(minimal[1], 0)))
