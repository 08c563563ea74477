# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Phrases that the documents must not have, and the check of scripts/lint of them."""
import re

# What documents said that no native speaker says, and what to write.
PHRASES = [
    (r"go(es)? on serving", "keeps serving"),
    (r"who (reads|asks|sends|writes)", "the reader, or a process that reads"),
    (r"(be|get) rid of", "remove"),
    (r"mend(s|ed|ing)?", "fix or correct"),
    (r"blanks?", "space"),
    (r"(is|are|be) (to be )?had|to be had", "is available, or can be obtained"),
    (r"need not be prepared", "say what is needed"),
    (r"(third|quarter|fifth)s? of its length", "say how much less"),
    (r"for ever", "forever"),
    (r"take the place of", "replace"),
]


def check_words(tree):
    """The documents have none of the phrases that were written too often.

    Mend: what is said behind each; text in code style is not looked at
    """
    pages = tree.match(r"^(docs/.*|[A-Z]+)\.md$|^man/|^etc/|^debian/.*README")
    for name in pages:
        text = re.sub(r"^```.*?^```|`[^`]*`", lambda code: re.sub(r"\S", "_", code.group()),
                      tree.text(name) or "", flags=re.S | re.M)
        for phrase, instead in PHRASES:
            words = r"\b(?:" + phrase.replace(" ", r"\s+") + r")\b"
            for found in re.finditer(words, text, flags=re.I):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{name}:{line}: {' '.join(found.group().split())}: write {instead}"
