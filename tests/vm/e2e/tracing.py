# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The module's tracepoints, switched on for a while, and what they tell."""

import os
import re
import typing

import khttpd
import system

TRACING = "/sys/kernel/tracing/"
EVENTS = TRACING + "events/khttpd/"


class Event(typing.NamedTuple):
    """What a tracepoint told, with its name without khttpd_, and its fields as they are printed."""
    name: str
    fields: typing.Dict[str, str]

    def number(self, field):
        return int(self.fields[field])


class Recording:
    """Some of the tracepoints, or all; read while they come, as unload empties the trace.

    They are recorded without the names of their tasks. For those the kernel patches its scheduler
    when an event is switched on, and once more when the module goes: emulated processors were seen
    to hang in that."""

    def __init__(self, *names):
        self.names = names
        self.text = ""
        self.file = -1
        self.without_commands = system.setting(TRACING + "options/record-cmd", "0")

    def __enter__(self):
        self.without_commands.__enter__()
        system.write(TRACING + "trace", "")
        for name in self.names or [""]:
            system.write(EVENTS + (f"khttpd_{name}/enable" if name else "enable"), "1")
        self.file = os.open(TRACING + "trace_pipe", os.O_RDONLY | os.O_NONBLOCK)
        return self

    def __exit__(self, *_):
        os.close(self.file)
        if os.path.exists(EVENTS):
            system.write(EVENTS + "enable", "0")
        self.without_commands.__exit__(None, None, None)

    def events(self, name=None):
        """All so far, or those of one name."""
        try:
            while data := os.read(self.file, 65536):
                self.text += data.decode("utf-8", "replace")
        except BlockingIOError:
            pass
        found = re.findall(r" khttpd_(\w+): (.*)\n", self.text)
        every = [Event(kind, dict(item.split("=", 1) for item in text.split() if "=" in item))
                 for kind, text in found]
        return [event for event in every if name in (None, event.name)]

    def wait(self, name, seconds=10, **fields):
        """The first event of this name with these fields; None, and all are printed, if there is
        none in time."""
        def seen():
            return next((event for event in self.events(name)
                         if fields.items() <= event.fields.items()), None)
        found = khttpd.wait_for(seen, seconds)
        if not found:
            print(self.text)
        return found
