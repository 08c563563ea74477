# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What the rows of a run have to show, and the table of them."""

from attacks.servers import CACHE

# In microseconds; a new connection has two round trips.
LONGEST_P99 = {"kept": 2000, "new": 4000}
BESIDE_NGINX = 16 << 20
# The kernel's own, which comes and goes. The server's counts are judged to the byte (measure.py).
MOST_LEFT = 8 << 20


def most_held(nginx):
    return CACHE + nginx.held + BESIDE_NGINX


def faults(row, nginx, times):
    """Of a row of khttpd's; `times` if the machine's clock is that of instructions."""
    yield from row.wrong
    if row.waits.lost:
        yield f"{row.waits.lost} requests had no answer"
    for kind, values in (("kept", row.waits.kept), ("new", row.waits.new)):
        p99, most = row.waits.at(values, 0.99), LONGEST_P99[kind]
        if times and p99 is not None and p99 > most:
            yield f"p99 on {kind} connections is {p99:.0f} us, {most} at most"
    if nginx and row.held > most_held(nginx):
        yield f"{row.held >> 20} MiB held, {most_held(nginx) >> 20} at most"
    if row.left is not None and row.left > MOST_LEFT:
        yield f"{row.left >> 20} MiB left, {MOST_LEFT >> 20} at most"


COLUMNS = ["attack", "server", "connections", "p50", "p99", "longest", "new, p50", "p99", "longest",
           "lost", "held, MiB", "at most", "left"]
HEADER = "\n".join(["| " + " | ".join(COLUMNS) + " |",
                    "|---|---|" + "--:|" * (len(COLUMNS) - 2)])


def cells_of(waits):
    for values in (waits.kept, waits.new):
        for part in (0.5, 0.99, 1):
            value = waits.at(values, part)
            yield "–" if value is None else f"{value:,.0f}"


def mib(value):
    return "–" if value is None else f"{value / 2**20:.1f}"


def line_of(row, nginx):
    most = most_held(nginx) if nginx and row.server == "khttpd" else None
    return "| " + " | ".join([row.attack, row.server, str(row.connections),
                              *cells_of(row.waits), str(row.waits.lost),
                              mib(row.held), mib(most), mib(row.left)]) + " |"
