# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What administrators and machines do while a server has work: each is done and undone.

An operation takes the signs that clients look at and the number of its turn, which varies what it
does. It returns when the machine is as before, and raises AssertionError for what went wrong.
"""

import contextlib
import email.utils
import errno
import mmap
import os
import re
import signal
import threading
import time
import typing

import faults
import khttpd
import network
import system
from http_client import get, request_to
from load import ROOT, ROUTES, LoadClient, bodies, version_of
from namespaces import namespaces
from signs import ABSENT, BROKEN

PARAMETERS = {"docroot": ROOT, "autoindex": 1, "linger_timeout": 20, "header_timeout": 60,
              "body_timeout": 60, "routes": ROUTES, "namespaces": 1}
HOLD = 0.2  # seconds for which a state lasts, besides what is done in it
PROCESSORS = "/sys/devices/system/cpu/"
POWER = "/sys/power/"
LOG = "/proc/net/khttpd/log"
CGROUPS = "/sys/fs/cgroup/"
CGROUP = CGROUPS + "kh-soak"
# MiB that a process which takes all memory leaves: with less the kernel ends it, and says much.
LEFT = 64
FILE = "70000.bin"


def served(**options):
    """A new client gets a file as it is."""
    with LoadClient(**options) as client:
        reply = get(client, "/" + FILE)
    assert reply.status == 200 and reply.body == bodies()[0][FILE], reply


def apply(**parameters):
    error = khttpd.apply(**parameters)
    assert error == 0, f"apply {parameters}: {os.strerror(error)}"


@contextlib.contextmanager
def applied(**parameters):
    """These values, then those from before."""
    before = {name: khttpd.config()[name] for name in parameters}
    apply(**parameters)
    try:
        yield
    finally:
        apply(**before)


def unload():
    error = khttpd.unload()
    assert error == 0, f"unload: {os.strerror(error)}"


def load(turn):
    error = khttpd.load(**PARAMETERS, inline=1 - turn % 2)
    assert error == 0, f"load: {os.strerror(error)}"


# --- the module ---

def module_unloaded_and_loaded(signs, turn):
    with signs.during(BROKEN):
        unload()
        assert not os.path.exists("/proc/net/khttpd")
        load(turn)
    served()


CHANGES = ({"inline": 0}, {"inline": 1}, {"max_requests": 7}, {"precompressed": ""},
           {"keepalive_timeout": 5, "body": "changed"}, {"etag_hash_size": 2048},
           {"cache_control": "no-cache", "charset": ""}, {"max_connections": 5000},
           {"routes": ROUTES + " ; /more 204"}, {"error_pages": "503=/100.bin"})


def configuration_applied(_, turn):
    """Some changes, one that is refused, and what the control file shows written once more."""
    before = khttpd.config()
    for number in range(3):
        with applied(**CHANGES[(3 * turn + number) % len(CHANGES)]):
            served()
    error = khttpd.apply(port=8099, bind="nowhere")
    assert error == errno.EINVAL, error
    apply(**before)
    assert khttpd.config() == before


def port_and_address_changed(signs, turn):
    with signs.during(BROKEN):
        port = 8091 + turn % 2
        with applied(port=port, bind="127.0.0.1,::1"):
            served(port=port)
        served()


# --- the network ---

def namespaces_made_and_removed(_, turn):
    """One that nothing happens in, and one whose client asks through a pair of devices."""
    network.short_lived_namespace()
    with network.Machine(f"kh-soak-{turn}") as machine:
        with machine.client(timeout=60) as client:
            assert get(client, "/" + FILE).body == bodies()[0][FILE]
        with machine.client(timeout=60) as leaving:
            leaving.send(request_to("/3145728.bin"))
            leaving.sock.recv(1000)
            leaving.reset()
    served()


def servers_in_namespaces(_, turn):
    """Three servers beside the one that has work, each for a moment; one ends with its process."""
    text = f"docroot = {ROOT}\naccess_log = 1\nrate = 1000/s 1000\nmax_requests = {turn + 1}\n"
    with namespaces(3) as made:
        for one in made:
            assert one.ask(f"serve_once({text!r}, '/{FILE}')") == 0
            assert one.commit(text) == (0, "")
            assert one.get("/" + FILE) == (200, bodies()[0][FILE])
        assert made[1].ask("lease.close()")
        assert made[1].ask("refused()")
    served()


# --- processors, suspend, clock ---

def processors():
    """Those that can be turned off."""
    return [name for name in sorted(os.listdir(PROCESSORS)) if re.fullmatch(r"cpu\d+", name)
            and os.path.exists(f"{PROCESSORS}{name}/online")]


def processors_off_and_on(_, turn):
    for name in processors():
        with system.setting(f"{PROCESSORS}{name}/online", 0):
            served()
            time.sleep(HOLD)
        served()


LEVELS = ("freezer", "devices", "platform", "processors", "core")


def levels_of(state):
    """How far a suspend can be tried: without firmware one into "freeze" ends at the devices."""
    with open(POWER + "pm_test", encoding="ascii") as file:
        known = file.read()
    return [level for level in LEVELS if level in known
            and (state == "mem" or level not in ("processors", "core"))]


def suspended(_, turn):
    """As far as the machine wakes by itself, four ways a turn."""
    with open(POWER + "state", encoding="ascii") as file:
        states = [state for state in ("mem", "freeze") if state in file.read().split()]
    ways = [(state, level) for state in states for level in levels_of(state)]
    with system.setting("/sys/module/suspend/parameters/pm_test_delay", 0):
        for number in range(4):
            state, level = ways[(4 * turn + number) % len(ways)]
            system.write(POWER + "pm_test", level)
            try:
                system.write(POWER + "state", state)
            finally:
                system.write(POWER + "pm_test", "none")
            served()


@contextlib.contextmanager
def clock_moved(seconds):
    ahead = time.time() - time.monotonic()
    time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)
    try:
        yield
    finally:
        time.clock_settime(time.CLOCK_REALTIME, time.monotonic() + ahead)


def date_is_right():
    with LoadClient() as client:
        reply = client.get()
    date = email.utils.parsedate_to_datetime(reply.field("date")).timestamp()
    return abs(date - time.time()) < khttpd.scaled(2)


def clock_set(_, turn):
    for hours in (3 + turn % 20, -3 - turn % 20):
        with clock_moved(hours * 3600):
            assert khttpd.wait_for(date_is_right, 5)
            served()
            time.sleep(HOLD)
    assert khttpd.wait_for(date_is_right, 5)


# --- memory ---

def available():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"MemAvailable: *(\d+)", file.read())[1]) >> 10


def take_memory():
    """A little at a time, until no more than that is left or it gets slow; then gives it back."""
    populated = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x8000  # MAP_POPULATE
    end = time.monotonic() + khttpd.scaled(0.7)
    held = []
    while available() > LEFT and time.monotonic() < end:
        some = max(4, min(64, (available() - LEFT) // 2))
        held.append(mmap.mmap(-1, some << 20, flags=populated))
    time.sleep(HOLD / 2)


@contextlib.contextmanager
def huge_pages():
    """The most of the memory, which nobody has to touch."""
    path = "/proc/sys/vm/nr_hugepages"
    if not os.path.exists(path):
        yield
        return
    with system.setting(path, max(0, available() - LEFT - 128) // 2):
        yield


@contextlib.contextmanager
def child(work):
    """A process that does this meanwhile; the first that the kernel ends for want of memory."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            system.write("/proc/self/oom_score_adj", 1000)
            work()
            status = 0
        finally:
            os._exit(status)
    try:
        yield process
    except BaseException:
        os.kill(process, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(process, 0)
    assert status == 0, f"the process ended with {status:#x}"


def memory_taken(*_):
    with huge_pages(), child(take_memory) as process:
        while os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            served()
    served()


@contextlib.contextmanager
def cgroup(limit):
    """What enters it has so many MiB."""
    with contextlib.suppress(OSError):
        system.write(CGROUPS + "cgroup.subtree_control", "+memory")
    os.mkdir(CGROUP)
    try:
        system.write(CGROUP + "/memory.max", limit << 20)
        yield
    finally:
        assert khttpd.wait_for(lambda: not removed(CGROUP), 10), "the cgroup is in use"


def removed(path):
    """An error's number, or 0."""
    try:
        os.rmdir(path)
    except OSError as error:
        return error.errno
    return 0


def enter():
    system.write(CGROUP + "/cgroup.procs", os.getpid())


def ask_much():
    """Replies that wait in the receive queues of a group that has no memory for them."""
    enter()
    opened = [LoadClient() for _ in range(20)]
    for client in opened:
        client.send(request_to("/300000.bin") * 2)
    time.sleep(HOLD)
    for client in opened[::2]:
        for _ in range(2):
            assert client.reply().body == bodies()[0]["300000.bin"]
    for client in opened:
        client.close()


def clients_in_a_memory_cgroup(*_):
    with cgroup(40), child(ask_much):
        served()
    served()


def loaded_in_a_memory_cgroup(signs, turn):
    """What loads has little memory, and its group is gone while the module serves."""
    def work():
        enter()
        load(turn)
    with signs.during(BROKEN):
        unload()
        with cgroup(32), child(work):
            pass
    served()


def allocations_fail(signs, _):
    """One in fifty of those that may not wait, as long as it lasts."""
    with signs.during(BROKEN):
        with faults.Faults("failslab", probability=2), \
                faults.Faults("fail_page_alloc", probability=2):
            time.sleep(5 * HOLD)
        # What was under way is through, or has ended.
        time.sleep(HOLD)
    served()


# --- files and the log ---

def docroot_changed(signs, _):
    for path in (ROOT + "/.", ROOT + "-link"):
        with applied(docroot=path):
            served()
    with signs.during(ABSENT), applied(docroot=""):
        time.sleep(HOLD)
    served()


def cache_changed(_, turn):
    for values in ({"cache_size": 0, "cache_max_file": 0}, {"cache_size": 1024},
                   {"cache_size": 8192, "cache_max_file": 2048}, {"cache_max_file": 4}):
        with applied(**values):
            served()
            time.sleep(HOLD / 4)
    system.write("/proc/sys/vm/drop_caches", 2)


def files_replaced(_, turn):
    for number in range(4):
        with open(ROOT + "/.new", "wb") as file:
            file.write(version_of(4 * turn + number))
        os.rename(ROOT + "/.new", ROOT + "/changing.bin")
        time.sleep(HOLD / 2)
    for name in (FILE, "5000.bin"):
        with open(ROOT + "/.new", "wb") as file:
            file.write(bodies()[0][name])
        # Not later than what is compressed of it.
        os.utime(ROOT + "/.new", (os.stat(f"{ROOT}/{name}").st_mtime,) * 2)
        os.rename(ROOT + "/.new", f"{ROOT}/{name}")
    served()


LINE = re.compile(rb'^[0-9a-f.:]+ - - \[[^]]+\] "([^"\\]|\\.)*" [1-5]\d\d (-|\d+) ')


def read_log(wrong):
    """Some of it, a little at a time, and leaves."""
    with open(LOG, "rb", buffering=0) as file:
        text = b"".join(file.read(4096) for _ in range(20))
    # Another reader may have had the beginning of the first line or the end of the last one.
    wrong += [line for line in text.split(b"\n")[1:-1] if line and not LINE.match(line)]


def log_read(_, turn):
    """Readers come and go, also while the log is turned off and on."""
    wrong = []
    with applied(access_log=1, access_log_size=64):
        served()
        readers = [threading.Thread(target=read_log, args=(wrong,)) for _ in range(3)]
        for reader in readers:
            reader.start()
        with applied(access_log=turn % 2):
            served()
        for reader in readers:
            reader.join()
    assert not wrong, wrong[:3]
    for path in ("status", "config"):
        with open("/proc/net/khttpd/" + path, "rb", buffering=0) as file:
            file.read(100)


class Operation(typing.NamedTuple):
    """What is done, and what a machine needs for it: a path, and a word in it."""
    work: typing.Callable
    needs: str = ""
    word: str = ""

    @property
    def name(self):
        return self.work.__name__.replace("_", " ")

    def lacks(self):
        """Why it cannot be done here, or nothing."""
        if self.needs and not os.path.exists(self.needs):
            return f"no {self.needs}"
        if self.word:
            with open(self.needs, encoding="ascii") as file:
                if self.word not in file.read().split():
                    return f"no {self.word} in {self.needs}"
        return ""


OPERATIONS = (
    Operation(module_unloaded_and_loaded),
    Operation(configuration_applied),
    Operation(namespaces_made_and_removed, "/proc/self/ns/net"),
    Operation(servers_in_namespaces, "/proc/self/ns/net"),
    Operation(processors_off_and_on, PROCESSORS + "cpu1/online"),
    Operation(cache_changed),
    Operation(suspended, POWER + "pm_test"),
    Operation(memory_taken),
    Operation(clock_set),
    Operation(docroot_changed),
    Operation(clients_in_a_memory_cgroup, CGROUPS + "cgroup.controllers", "memory"),
    Operation(files_replaced),
    Operation(port_and_address_changed),
    Operation(log_read),
    Operation(loaded_in_a_memory_cgroup, CGROUPS + "cgroup.controllers", "memory"),
    Operation(allocations_fail, faults.DEBUGFS + "failslab"),
)
