# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Late: what a kernel with checkers is run for is in it, in the module, and is still on."""

import gzip

import pytest

import khttpd

MEMORY = ("KASAN", "PROVE_LOCKING", "PROVE_RCU", "DEBUG_ATOMIC_SLEEP", "DEBUG_KMEMLEAK",
          "DEBUG_OBJECTS", "UBSAN")
# By kernel: options that it has, a part of the names that these put into every module, and options
# with which they would say nothing.
CHECKERS = {
    "debug": (MEMORY, b"__asan_", ()),
    "debug-trixie": (MEMORY, b"__asan_", ()),
    "kcsan": (("KCSAN",), b"__tsan_", ("KCSAN_PERMISSIVE",)),
    "cfi": (("CFI_CLANG",), b"__cfi_", ("CFI_PERMISSIVE",)),
}
WANTED, NAMES, SPOILING = CHECKERS.get(khttpd.KERNEL, ((), b"", ()))

pytestmark = pytest.mark.skipif(not WANTED, reason="a kernel without checkers")


def value_in(path, name):
    """Of a line "name: number"."""
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split(":")
            if words[0].strip() == name:
                return int(words[1])
    raise AssertionError(f"{path} has no {name}")


def test_they_are_built_in():
    with gzip.open("/proc/config.gz", "rt", encoding="utf-8") as file:
        options = {line.rstrip("\n") for line in file}
    assert not [name for name in WANTED if f"CONFIG_{name}=y" not in options]
    assert not [name for name in SPOILING if f"CONFIG_{name}=y" in options]


def test_the_module_has_them():
    with open(khttpd.MODULE, "rb") as file:
        assert NAMES in file.read()


@pytest.mark.debug
def test_lockdep_is_on():
    """It says nothing more after its first report, or when its tables are full."""
    assert value_in("/proc/lockdep_stats", "debug_locks") == 1


@pytest.mark.skipif(khttpd.KERNEL != "kcsan", reason="looks for no races")
def test_races_are_looked_for():
    path = "/sys/kernel/debug/kcsan"
    assert value_in(path, "enabled") == 1
    before = value_in(path, "setup_watchpoints")
    assert khttpd.wait_for(lambda: value_in(path, "setup_watchpoints") > before)
