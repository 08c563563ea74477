# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The examples of docs/language.md: each file is what the canonical text behind it says."""
import re
from pathlib import Path

from support import Tool

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/language.md"


class Documents(Tool):
    def test_examples(self):
        text = PAGE.read_text(encoding="utf-8")
        pairs = re.findall(r"^```khttpd.conf\n(.*?)^```\n.*?^```canonical\n(.*?)^```", text,
                           flags=re.S | re.M)
        self.assertEqual(len(pairs), text.count("```khttpd.conf"))
        for example, canonical in pairs:
            self.assertEqual(self.canonical(example), canonical)
