# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What counts as a report in the kernel log: on this depends what every other test can see."""

import pytest

import kernel_log

REPORT = """\
==================================================================
BUG: KCSAN: data-race in {title}

write to 0xffff888003c54a40 of 8 bytes by interrupt on cpu 1:
 {first}
 tcp_data_ready+0xb4/0x130
 tcp_rcv_established+0x6a2/0xaa0

read to 0xffff888003c54a40 of 8 bytes by task 123 on cpu 0:
 {second}
 kh_conn_run+0x1f/0x90 [khttpd]
 process_one_work+0x2a5/0x4f0

value changed: 0x0000000000000001 -> 0x0000000000000002

Reported by Kernel Concurrency Sanitizer on:
CPU: 0 UID: 0 PID: 123 Comm: kworker/0:1H Tainted: G           O       6.12.48-khttpd-kcsan #1
=================================================================="""

RACES = {
    "ours": ("kh_conn_wake [khttpd] / tcp_poll", "kh_conn_wake+0x12/0x30 [khttpd]",
             "tcp_poll+0x53/0x3e0", True),
    "below ours": ("tcp_ack / tcp_sendmsg_locked", "tcp_ack+0x53/0x3e0",
                   "tcp_sendmsg_locked+0x1d/0x20", False),
    "for ours": ("__memcpy / tcp_ack", "tcp_ack+0x53/0x3e0", "__memcpy+0x1d/0x20", True),
    "elsewhere": ("rcu_core / tick_sched", "tick_sched+0x53/0x3e0", "rcu_core+0x1d/0x20", False),
}


def race(name):
    title, first, second, _ = RACES[name]
    return REPORT.format(title=title, first=first, second=second)


@pytest.mark.parametrize("name", RACES)
@pytest.mark.parametrize("prefix", ["", "[  123.456789] "])
def test_races(name, prefix):
    """A race is reported where one of its two accesses is the module's, else counted."""
    ours = RACES[name][3]
    text = "\n".join(prefix + line for line in race(name).splitlines())
    assert len(kernel_log.reports_in(text)) == ours
    assert dict(kernel_log.races_of_others(text)) == ({} if ours else {RACES[name][0]: 1})


def test_reports_beside_a_race():
    """Nothing else is passed over in or after a race that is the kernel's own."""
    other = race("elsewhere")
    lines = other.splitlines()
    lines.insert(4, "WARNING: CPU: 0 PID: 1 at net/core/stream.c:207 sk_stream_kill_queues")
    text = "\n".join([*lines, race("ours"), other])
    assert len(kernel_log.reports_in(text)) == 2
    assert kernel_log.races_of_others(text)["rcu_core / tick_sched"] == 2


@pytest.mark.parametrize("line", [
    "CFI failure at process_one_work+0x2a5/0x4f0 (target: kh_run+0x0/0x90 [khttpd]; expected "
    "type: 0x12345678)", "BUG: KASAN: slab-use-after-free in kh_run+0x1/0x2 [khttpd]"],
    ids=["call", "access"])  # the console, which has the names of tests, is judged, too
def test_reports(line):
    assert kernel_log.reports_in("one\n" + line + "\ntwo") == [line]
