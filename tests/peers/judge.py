# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Holds what the servers answered against the classes that docs/differences.md explains.

A class is a row of a table there whose columns are: class, requests, khttpd, others, why.
`requests` are patterns of families (mutations.py); `khttpd` and `others` are patterns of answers,
joined by " or ", those of others after "SERVER: " when they are of that server only.
"""

import collections
import fnmatch
import functools
import re
import typing

HEADING = ["class", "requests", "khttpd", "others"]
# Classes with no row, and examples of one, that are printed at most.
SHOWN = 400


def apart(ours, theirs):
    """Whether both trust the connection, but not for the same number of requests."""
    return ours.endswith("goes on") and theirs.endswith("goes on") and \
        len(ours.split()) != len(theirs.split())


def kind_of(ours, theirs, others):
    """How the names of classes begin that may explain it."""
    if apart(ours, theirs):
        return "framing-"
    alone = (good(ours) and all(refused(one) for one in others)
             or refused(ours) and all(good(one) for one in others))
    return "alone-" if alone else ""


def good(answer):
    return re.match("[23].* goes on", answer) is not None


def refused(answer):
    return re.match("[45][0-9][0-9] closes$", answer) is not None


class Row(typing.NamedTuple):
    name: str
    requests: list
    khttpd: list
    others: list

    def explains(self, family, ours, peer, theirs, kind=""):
        """Whether it is of this class. What weighs more wants a class of its kind."""
        if not self.name.startswith(kind):
            return False
        return (any(matches(family, pattern) for pattern in self.requests)
                and any(matches(ours, pattern) for pattern in self.khttpd)
                and any(matches(peer, server or "*") and matches(theirs, pattern)
                        for server, pattern in self.others))


@functools.lru_cache(maxsize=None)
def compiled(pattern):
    return re.compile(fnmatch.translate(pattern)).match


def matches(text, pattern):
    return compiled(pattern)(text) is not None


def cells_of(line):
    """The cells of a table's line, without marks of code; a bar in a cell is \\|."""
    cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [cell.replace("`", "").replace("\\|", "|").strip() for cell in cells]


def other_of(text):
    server, colon, pattern = text.rpartition(": ")
    return (server if colon else "", pattern)


def rows_of(text):
    """The classes, in order."""
    rows, inside = [], False
    for line in text.splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        cells = cells_of(line)
        if cells[:4] == HEADING:
            inside = True
        elif inside and len(cells) >= 5 and not cells[0].startswith("--"):
            if not cells[4]:
                raise ValueError(f"differences.md: class {cells[0]} has no reason")
            rows.append(Row(cells[0], cells[1].split(), cells[2].split(" or "),
                            [other_of(one) for one in cells[3].split(" or ")]))
    if not rows:
        raise ValueError("differences.md: no table of classes")
    return rows


def answer_of(outcome):
    """As the tables have it: final statuses, and "goes on" where the marker was answered."""
    words = [word for word in outcome.split() if not re.match(r"1\d\d$", word)]
    if words and words[-1].endswith("m"):
        words[-1] = "goes on"
    return " ".join(words)


class Class:
    """What is alike among differences."""

    def __init__(self):
        self.requests = 0
        self.peers = collections.Counter()
        self.example = None

    def add(self, case, peer, ours, theirs):
        self.peers[peer] += 1
        if not self.example or len(case[2]) < len(self.example[0][2]):
            self.example = (case, peer, ours, theirs)

    def told(self):
        (family, name, data), peer, ours, theirs = self.example
        shown = data.encode("latin-1")[:300]
        return (f"e.g. {family} ({name}): khttpd \"{ours}\", {peer} \"{theirs}\"\n"
                f"        {shown!r}{'...' if len(data) > 300 else ''}")


def topic_of(family):
    """Families that are too many to tell of one by one."""
    head, _, rest = family.partition("/")
    return head + ("/" + rest if not head.startswith(("drawn", "pairs")) else "/*")


def judge(results, rows, verbose):
    """Counts of requests agreed on or explained, and of classes without a reason."""
    outcomes = {name: [answer_of(outcome) for outcome in told]
                for name, told in results["outcomes"].items()}
    peers = [name for name in outcomes if name != "khttpd"]
    known, unknown = collections.defaultdict(Class), collections.defaultdict(Class)
    fine = agreed = 0
    for number, case in enumerate(results["cases"]):
        ours = outcomes["khttpd"][number]
        seen = set()
        others = [outcomes[peer][number] for peer in peers]
        for peer in peers:
            theirs = outcomes[peer][number]
            if theirs == ours:
                continue
            kind = kind_of(ours, theirs, others)
            row = next((row for row in rows
                        if row.explains(case[0], ours, peer, theirs, kind)), None)
            entry = known[row.name] if row else unknown[(ours, theirs, topic_of(case[0]))]
            if id(entry) not in seen:
                entry.requests += 1
            seen.add(id(entry))
            entry.add(case, peer, ours, theirs)
            if not row:
                seen.add("unknown")
        agreed += not seen
        fine += "unknown" not in seen
    versions = results["versions"]
    print("peers: " + ", ".join(f"{name} {versions[name]}" for name in outcomes))
    print(f"peers: {len(results['cases'])} requests (seed {results['seed']}), "
          f"all agree on {agreed}")
    report(rows, known, unknown, verbose)
    return fine, len(unknown)


def counts_of(entry):
    return f"{entry.requests} requests (" + ", ".join(
        f"{peer} {count}" for peer, count in sorted(entry.peers.items())) + ")"


def report(rows, known, unknown, verbose):
    for row in rows:
        if row.name in known:
            print(f"explained: {row.name}: {counts_of(known[row.name])}")
            if verbose:
                print("    " + known[row.name].told())
        else:
            print(f"not seen: {row.name}")
    for key, entry in sorted(unknown.items())[:SHOWN]:
        ours, theirs, topic = key
        print(f"UNEXPLAINED: {topic}: khttpd \"{ours}\", others \"{theirs}\": {counts_of(entry)}")
        print("    " + entry.told())
    if len(unknown) > SHOWN:
        print(f"UNEXPLAINED: {len(unknown) - SHOWN} more classes")
