# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Whether docs/clients.md names what the clients' tests do, and nothing else."""

import collections
import re
import xml.etree.ElementTree as ElementTree

HEADING = "| client | version | tried |"


def documented(text):
    """For each client the actions in the column "tried" of the table."""
    rows, inside = {}, False
    for line in text.splitlines():
        inside = inside and line.startswith("|") or line.startswith(HEADING)
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if inside and not line.startswith((HEADING, "|--")):
            rows[cells[0]] = set(re.split(r", ?", cells[2]))
    return rows


def tried(junit):
    """The same of the tests: each is called test_CLIENT_ACTION, or has several actions."""
    done = collections.defaultdict(set)
    for case in ElementTree.fromstring(junit).iter("testcase"):
        match = re.match(r"test_([a-z0-9]+)_([a-z_]+)", case.get("name"))
        if match and case.find("skipped") is None:
            done[match[1]].update(match[2].split("_"))
    return done


def differences(text, junit):
    """Lines that say what the table and the tests do not have in common."""
    table, tests = documented(text), tried(junit)
    return [f"docs/clients.md: {client}: the table has {sorted(table.get(client, []))}, "
            f"the tests {sorted(tests.get(client, []))}"
            for client in sorted(set(table) | set(tests)) if table.get(client) != tests.get(client)]
