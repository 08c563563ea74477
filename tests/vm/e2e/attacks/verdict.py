# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What the rows of a run have to show, and the table of them."""

from attacks.servers import CACHE

LONGEST_P99 = 2000  # microseconds
BESIDE_NGINX = 16 << 20
# What the machine has less than before and nginx does not leave: slabs, page tables and reserves of
# the kernel's come and go. The server's own counts are judged to the last byte (measure.py).
MOST_LEFT = 8 << 20


def most_held(nginx):
    return CACHE + nginx.held + BESIDE_NGINX


def most_left(nginx):
    return max(0, nginx.left) + MOST_LEFT


def faults(row, nginx, times):
    """Of a row of khttpd's; `times` if the machine's clock is that of instructions."""
    yield from row.wrong
    if row.waits.lost:
        yield f"{row.waits.lost} requests had no answer"
    for kind, values in (("kept", row.waits.kept), ("new", row.waits.new)):
        p99 = row.waits.at(values, 0.99)
        if times and p99 is not None and p99 > LONGEST_P99:
            yield f"p99 on {kind} connections is {p99:.0f} us, {LONGEST_P99} at most"
    if nginx and row.held > most_held(nginx):
        yield f"{row.held >> 20} MiB held, {most_held(nginx) >> 20} at most"
    if nginx and row.left > most_left(nginx):
        yield f"{row.left >> 20} MiB left, {most_left(nginx) >> 20} at most"


COLUMNS = ["attack", "server", "connections", "p50", "p99", "longest", "new, p50", "p99", "longest",
           "lost", "held, MiB", "at most", "left"]
HEADER = "\n".join(["| " + " | ".join(COLUMNS) + " |",
                    "|---|---|" + "--:|" * (len(COLUMNS) - 2)])


def cells_of(waits):
    for values in (waits.kept, waits.new):
        for part in (0.5, 0.99, 1):
            value = waits.at(values, part)
            yield "–" if value is None else f"{value:,.0f}"


def line_of(row, nginx):
    most = f"{most_held(nginx) / 2**20:.1f}" if nginx and row.server == "khttpd" else "–"
    return "| " + " | ".join([row.attack, row.server, str(row.connections),
                              *cells_of(row.waits), str(row.waits.lost),
                              f"{row.held / 2**20:.1f}", most, f"{row.left / 2**20:.1f}"]) + " |"
