#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Reads the corpus; README in this folder has the format.

As a module: load() returns Case objects. As a program: lists cases, or writes inputs as files, which
is what the fuzzers start from.
"""
import argparse
import dataclasses
import pathlib
import re
import sys

KINDS = ("stream", "path", "range", "date", "coding", "config", "condition", "reply")
HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Case:
    """One case: `events` are the expect lines."""

    file: str
    name: str
    kind: str
    line: int
    data: bytes = b""
    events: list = dataclasses.field(default_factory=list)


class CorpusError(Exception):
    """A file is not what README says; the text names the place."""


def unescape(text, place):
    """The bytes that a text stands for."""
    out = bytearray()
    while text:
        if not text.startswith("\\"):
            out += text[0].encode("latin-1")
            text = text[1:]
            continue
        match = re.match(r"\\(?:x([0-9a-f]{2})|([rnt0\\])|\(((?:[^*\\]|\\[^(])*)\*(\d+)\))", text)
        if not match:
            raise CorpusError(f"{place}: unknown escape in {text[:10]!r}")
        if match[1]:
            out.append(int(match[1], 16))
        elif match[2]:
            out += {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}[match[2]]
        else:
            out += unescape(match[3], place) * int(match[4])
        text = text[match.end():]
    return bytes(out)


def load_file(path):
    """The cases of one file."""
    kind, cases = None, []
    for number, line in enumerate(path.read_text(encoding="ascii").splitlines(), 1):
        line = line.rstrip()
        if not line or line.startswith("#"):
            continue
        key, _, value = line.partition(":")
        value = value.lstrip(" ")
        place = f"{path}:{number}"
        if key == "kind" and kind is None and value in KINDS:
            kind = value
        elif key == "case" and kind and value not in [case.name for case in cases]:
            cases.append(Case(path.stem, value, kind, number))
        elif key == "input" and cases and not cases[-1].events:
            cases[-1].data += unescape(value, place)
        elif key == "expect" and cases:
            cases[-1].events.append(unescape(value, place).decode("latin-1"))
        else:
            raise CorpusError(f"{place}: not expected here: {line}")
    for case in cases:
        if not case.events:
            raise CorpusError(f"{path}:{case.line}: case {case.name} expects nothing")
    return cases


def load(folder=HERE, kind=None):
    """All cases, or those of one kind."""
    cases = [case for path in sorted(pathlib.Path(folder).glob("*.txt")) for case in load_file(path)]
    if not cases:
        raise CorpusError(f"{folder}: no cases")
    return [case for case in cases if kind in (None, case.kind)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, help="only cases of this kind")
    parser.add_argument("--seeds", metavar="DIR", type=pathlib.Path,
                        help="write each input as a file of this folder")
    args = parser.parse_args()
    try:
        cases = load(kind=args.kind)
    except CorpusError as error:
        sys.exit(str(error))
    if args.seeds:
        args.seeds.mkdir(parents=True, exist_ok=True)
    for case in cases:
        if args.seeds:
            (args.seeds / f"{case.file}.{case.name}").write_bytes(case.data)
        else:
            print(f"{case.kind} {case.file} {case.name}: {'; '.join(case.events)}")


if __name__ == "__main__":
    main()
