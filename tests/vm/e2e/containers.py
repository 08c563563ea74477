# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Containers as docs/examples has them: what their unit says is done here, without systemd."""

import contextlib
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import time

import khttpd

UNIT = pathlib.Path("/input/given/examples/containers/khttpd-container@.service")
GIVEN_TOOL = "/input/given/khttpdctl"
TOOL = pathlib.Path("/usr/sbin/khttpdctl")
GROUPS = pathlib.Path("/sys/fs/cgroup")
MACHINE_ID = pathlib.Path("/etc/machine-id")


def words_of(text, values):
    """The words of a line, with the variables that systemd knows by ${NAME} or as a word $NAME."""
    for name, value in values.items():
        text = text.replace("${" + name + "}", value).replace("$" + name, value)
    return shlex.split(text)


def commands_of(unit, name):
    """The commands of a unit's template, by the kind of the command."""
    commands = {}
    for line in unit.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        kind, _, command = line.partition("=")
        if kind.startswith("Exec"):
            commands.setdefault(kind, []).append(command.replace("%i", name))
    return commands


class Container:
    """One with a site of its own, from start to stop; the number is part of its addresses."""

    def __init__(self, name, number):
        self.name = name
        self.commands = commands_of(UNIT, name)
        self.address = f"10.77.{number}.2"
        machine = f"10.77.{number}.1"
        self.values = {"CONTAINER": self.address + "/30", "MACHINE": machine + "/30",
                       "GATEWAY": machine}
        self.settings = pathlib.Path("/etc/khttpd-containers", name)
        self.site = pathlib.Path("/srv", name)
        self.group = GROUPS / f"khttpd-{name}"
        self.output = pathlib.Path(f"/tmp/container-{name}.log")
        self.process = self.notices = self.leader = None

    def write(self, text, **files):
        """The configuration, and files of the site."""
        self.settings.mkdir(parents=True, exist_ok=True)
        self.site.mkdir(exist_ok=True)
        (self.settings / "khttpd.conf").write_text(text, encoding="utf-8")
        for file, content in files.items():
            (self.site / file).write_text(content, encoding="utf-8")

    def run(self, kind):
        for command in self.commands[kind]:
            words = words_of(command.removeprefix("-"), self.values)
            subprocess.run(words, check=not command.startswith("-"))

    def start(self):
        self.run("ExecStartPre")
        self.group.mkdir()
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(f"/run/notify-{self.name}")
        command = words_of(self.commands["ExecStart"][0], self.values)
        with open(self.output, "wb") as output:
            # In a group of its own (Delegate=), of which systemd-nspawn makes two.
            self.process = subprocess.Popen(
                ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', self.group, *command],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, "NOTIFY_SOCKET": self.notices.getsockname()})
        self.values["MAINPID"] = str(self.process.pid)

    def said(self):
        return self.output.read_text(encoding="utf-8")

    def ready(self):
        """Whether it gets so far; it says on the way which process is the container's first."""
        self.notices.settimeout(1)
        end = time.monotonic() + khttpd.scaled(60)
        while self.process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                told = self.notices.recv(4096).decode().splitlines()
                for line in told:
                    if line.startswith("X_NSPAWN_LEADER_PID="):
                        self.leader = line.partition("=")[2]
                if "READY=1" in told:
                    return True
        return False

    def inside(self, *command):
        """What a program says that is run in the container."""
        return subprocess.run(["nsenter", "-t", self.leader, "--mount", "--net", "--pid", "--ipc",
                               "--uts", *command], check=True, stdout=subprocess.PIPE,
                              text=True).stdout

    def reload(self, word):
        """As `systemctl reload`, until the word is said."""
        before = len(self.said())
        self.run("ExecReload")
        assert khttpd.wait_for(lambda: word in self.said()[before:], 20), self.said()[before:]

    def stop(self):
        """As `systemctl stop`; the exit status."""
        self.process.terminate()
        return self.ended()

    def ended(self):
        """What is done once the process has ended, however it did."""
        status = self.process.wait(khttpd.scaled(60))
        self.process = None
        kill_all(self.group)
        self.notices.close()
        os.unlink(f"/run/notify-{self.name}")
        self.run("ExecStopPost")
        for folder, _, _ in os.walk(self.group, topdown=False):
            assert khttpd.wait_for(lambda where=folder: removed(where)), folder
        return status

    def forget(self):
        """What a test has left of it."""
        if self.process:
            self.process.kill()
            self.ended()
        for path in (self.settings, self.site):
            shutil.rmtree(path, ignore_errors=True)
        self.output.unlink(missing_ok=True)


def kill_all(group):
    """As systemd does with what is left when the first process has ended (KillMode=mixed)."""
    for file in group.rglob("cgroup.procs"):
        for process in file.read_text(encoding="ascii").split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)


def removed(group):
    """A group that is empty goes, a moment after its last process."""
    try:
        os.rmdir(group)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def containers(*names):
    """With the tool where the unit has it, and the machine's name, which systemd gives it."""
    made = [Container(name, number) for number, name in enumerate(names, 1)]
    if not MACHINE_ID.stat().st_size:
        MACHINE_ID.write_text("e2e" * 10 + "e2\n", encoding="ascii")
    shutil.copy(GIVEN_TOOL, TOOL)
    try:
        yield made
    finally:
        for one in made:
            one.forget()
        TOOL.unlink()


def things():
    """What a container could leave: devices, namespaces, mounts, groups and processes."""
    namespaces = set(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else set()
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        mounts = {line.split()[4] for line in file} - {"/run/netns"}
    groups = {str(path) for path in GROUPS.glob("*khttpd*")}
    programs = set()
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            program = os.path.basename(os.readlink(f"/proc/{process}/exe"))
            programs |= {program} & {"khttpdctl", "systemd-nspawn"}
    return set(os.listdir("/sys/class/net")) | namespaces | mounts | groups | programs
