// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What may sleep, between taking a spinlock, RCU or bottom halves and giving it back: at once, in a
// function of ours that does it, or in one that calls such a one. Also where the socket's lock is
// asserted.

@sleeps@
identifier fn;
position p;
@@
fn(...)
{
<+...
\(GFP_KERNEL@p\|KH_GFP_KERNEL@p\|mutex_lock@p(...)\|msleep@p(...)\|synchronize_rcu@p(...)\|
  synchronize_srcu@p(...)\|flush_workqueue@p(...)\|kernel_read@p(...)\|lock_sock@p(...)\|
  kern_path@p(...)\|dentry_open@p(...)\|iterate_dir@p(...)\|cond_resched@p(...)\|
  sock_release@p(...)\|timer_shutdown_sync@p(...)\|cancel_delayed_work_sync@p(...)\|
  wait_event@p(...)\|vfs_getattr@p(...)\|fput@p(...)\)
...+>
}

@at_once exists@
position l, p;
@@
(
spin_lock@l(...)
|
spin_lock_bh@l(...)
|
rcu_read_lock@l(...)
|
bh_lock_sock@l(...)
|
local_bh_disable@l(...)
|
write_lock@l(...)
|
kh_conn_assert_locked@l(...)
)
... when != spin_unlock(...)
    when != spin_unlock_bh(...)
    when != rcu_read_unlock(...)
    when != bh_unlock_sock(...)
    when != local_bh_enable(...)
    when != write_unlock(...)
\(GFP_KERNEL@p\|KH_GFP_KERNEL@p\|mutex_lock@p(...)\|msleep@p(...)\|synchronize_rcu@p(...)\|
  synchronize_srcu@p(...)\|flush_workqueue@p(...)\|kernel_read@p(...)\|lock_sock@p(...)\|
  kern_path@p(...)\|dentry_open@p(...)\|iterate_dir@p(...)\|cond_resched@p(...)\|
  sock_release@p(...)\|timer_shutdown_sync@p(...)\|cancel_delayed_work_sync@p(...)\|
  wait_event@p(...)\|vfs_getattr@p(...)\|fput@p(...)\)

@script:python@
l << at_once.l;
p << at_once.p;
@@
coccilib.report.print_report(p[0], "may sleep, with a lock of line %s held" % l[0].line)

@by_call exists@
identifier sleeps.fn;
position l, p;
@@
(
spin_lock@l(...)
|
spin_lock_bh@l(...)
|
rcu_read_lock@l(...)
|
bh_lock_sock@l(...)
|
local_bh_disable@l(...)
|
write_lock@l(...)
|
kh_conn_assert_locked@l(...)
)
... when != spin_unlock(...)
    when != spin_unlock_bh(...)
    when != rcu_read_unlock(...)
    when != bh_unlock_sock(...)
    when != local_bh_enable(...)
    when != write_unlock(...)
fn@p(...)

@script:python@
l << by_call.l;
p << by_call.p;
fn << sleeps.fn;
@@
coccilib.report.print_report(p[0], "%s() may sleep, with a lock of line %s held" % (fn, l[0].line))

@sleeps_too@
identifier sleeps.fn;
identifier outer;
@@
outer(...)
{
<+...
fn(...)
...+>
}

@by_two exists@
identifier sleeps_too.outer;
position l, p;
@@
(
spin_lock@l(...)
|
spin_lock_bh@l(...)
|
rcu_read_lock@l(...)
|
bh_lock_sock@l(...)
|
local_bh_disable@l(...)
|
write_lock@l(...)
|
kh_conn_assert_locked@l(...)
)
... when != spin_unlock(...)
    when != spin_unlock_bh(...)
    when != rcu_read_unlock(...)
    when != bh_unlock_sock(...)
    when != local_bh_enable(...)
    when != write_unlock(...)
outer@p(...)

@script:python@
l << by_two.l;
p << by_two.p;
fn << sleeps_too.outer;
@@
coccilib.report.print_report(p[0], "%s() may sleep, with a lock of line %s held" % (fn, l[0].line))
