// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A function that asserts a lock, called where neither a lock was taken nor one is asserted. Not for
// the socket's (kh_conn_assert_locked()): all of a run has it, and few functions would be left that
// need not assert it.

@asserts@
identifier fn;
@@
fn(...)
{
...
lockdep_assert_held(...);
... when any
}

@good exists@
identifier asserts.fn;
position p;
@@
(
spin_lock(...)
|
spin_lock_bh(...)
|
spin_trylock_bh(...)
|
mutex_lock(...)
|
lockdep_assert_held(...)
)
... when != spin_unlock(...)
    when != spin_unlock_bh(...)
    when != mutex_unlock(...)
    when any
fn@p(...)

@bad@
identifier asserts.fn;
position p != good.p;
@@
fn@p(...)

@script:python@
p << bad.p;
fn << asserts.fn;
@@
coccilib.report.print_report(p[0], "%s() wants a lock that is not taken here" % fn)
