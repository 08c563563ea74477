# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Settings of proxies put into force, and whom the log has as clients."""

import os

import khttpd
from access_log import fields_of, read_text


def apply(*lines, **settings):
    """Puts these lines into force besides the parameters, and the log on."""
    assert khttpd.change(access_log=1, **settings) == (0, "")
    kept = [line for line in khttpd.in_force().splitlines()
            if os.path.exists(khttpd.PARAMETERS + line.partition(" = ")[0])]
    assert khttpd.commit("".join(line + "\n" for line in kept + list(lines))) == (0, "")
    read_text()


def hosts():
    """Of the replies that nobody has read yet."""
    return [entry["host"] for entry in fields_of(read_text())]
