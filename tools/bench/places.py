# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A configuration of many places, of which the one that is asked for is one, for khttpd."""

FOLDER = "/proc/net/khttpd/"
# Besides: locations of each, and redirections of the one that is asked for.
SITES, LOCATIONS, REDIRECTIONS = 1000, 10, 50000


def many():
    lines = []
    for number in range(SITES):
        # Requests have the address and the port as their host.
        name = "127.0.0.1" if number == SITES // 2 else f"www.site{number}.example"
        lines.append(f"[site {name}]\n")
        if number == SITES // 2:
            lines += [f"redirect = /old/{n // 100}/{n} /new/{n} 301\n"
                      for n in range(REDIRECTIONS)]
        lines += [f"[location /assets/{n}/]\ncache_control = max-age={n}\n"
                  for n in range(LOCATIONS)]
    return "".join(lines)


def add():
    """To what is in force."""
    with open(FOLDER + "config", encoding="utf-8") as file:
        text = file.read()
    with open(FOLDER + "server", "wb", buffering=0) as file:
        file.write((text + many() + "commit\n").encode())
