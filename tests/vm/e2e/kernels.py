# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What the kernels of tests/vm/debug-kernel are good for, used inside the machine and outside."""

# Without BPF, fanotify and more that distributions have.
BARE = ("debug", "debug-trixie", "kcsan", "cfi")
# Their checkers take memory and time.
SLOW = ("debug", "debug-trixie", "kcsan")
# They make allocations fail, and find those that are lost.
FAULTS = ("debug", "debug-trixie")
