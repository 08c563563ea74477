# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The process that attacks: of the lowest priority, bounded in time, ended with its context."""

import os
import signal
import traceback

# Seconds, whatever becomes of the process that started it.
LONGEST = 300


class _Ready:
    """What the attack says at its height, and waits for when it goes on only after that."""

    def __init__(self, told, measured):
        self.told, self.measured = told, measured

    def __call__(self):
        os.write(self.told, b"x")

    def wait_until_measured(self):
        os.read(self.measured, 1)


class Attacker:
    def __init__(self, attack, port, count):
        told, ready = os.pipe()
        measured, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.alarm(LONGEST)
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
                attack.run(port, count, _Ready(ready, measured))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        os.close(ready)
        os.close(measured)
        os.set_blocking(told, False)
        self.told, self.tell, self.reached = told, tell, False

    def at_its_height(self):
        if not self.reached:
            try:
                self.reached = os.read(self.told, 1) == b"x"
            except BlockingIOError:
                pass
        return self.reached

    def go_on(self):
        os.write(self.tell, b"x")

    def alive(self):
        return os.waitpid(self.pid, os.WNOHANG)[0] == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.told)
        os.close(self.tell)
