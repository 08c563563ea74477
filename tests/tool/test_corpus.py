# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The tool's verdict is the module's: the parameters of tests/corpus, as a file."""
import sys
from pathlib import Path

from support import BAD, GOOD, Tool

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "corpus"))
import corpus  # noqa: E402


class Corpus(Tool):
    def test_verdicts(self):
        cases = [case for case in corpus.load() if case.kind == "config"]
        self.assertGreater(len(cases), 40)
        for case in cases:
            names = [line.split(b"=")[0] for line in case.data.splitlines()]
            # The last one counts on a command line, and is a mistake in a file.
            if len(names) != len(set(names)):
                continue
            self.write(case.data)
            done = self.run_tool("check", "-q")
            good = case.events == ["ok"]
            self.assertEqual(done.status, GOOD if good else BAD,
                             f"{case.file}: {case.name}: {case.data!r}: {done}")
