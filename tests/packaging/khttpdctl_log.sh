# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # work is khttpdctl_test.sh's
# `khttpdctl log`: sourced by khttpdctl_test.sh, whose functions and stand-ins it uses.

test_log()
{
	loaded
	echo 'access_log = 1' > "$work/proc/config"
	printf 'one\ntwo\n' > "$work/proc/log"
	ctl log
	expect 'log' 0 out '^two$'
	ctl log --nonsense
	expect 'log with another option' 64 err 'log takes no --nonsense'
	ctl log -f more
	expect 'log with an argument' 64 err 'log takes no more'

	# Each look at the log takes what is there; the third finds the module unloaded.
	stub cat <<END
[ "\$1" = "$work/proc/log" ] || exec /bin/cat "\$@"
echo look >> "$work/looks"
if [ \$(wc -l < "$work/looks") -ge 3 ]; then
	rm -rf "$work/sys"
	echo 'cat: log: Input/output error' >&2
	exit 1
fi
/bin/cat "\$1"
: > "\$1"
echo later >> "\$1"
END
	ctl log --follow
	expect 'log -f until the server is unloaded' 3 err 'khttpd was unloaded'
	printf 'one\ntwo\nlater\n' | cmp -s - "$work/out"
	status=$?
	expect 'what came meanwhile is printed' 0
	loaded
	rm -f "$work/bin/cat"
	seq 100000 > "$work/proc/log"
	{ ctl_raw log -f; echo $? > "$work/status"; } | head -n 1 > "$work/out"
	status=$(cat "$work/status")
	expect 'log -f ends with whoever reads it' 0 out '^1$'

	echo 'access_log = 0' > "$work/proc/config"
	ctl log
	expect 'log without a log' 69 err 'nothing is recorded: set access_log = 1'
	rm -f "$work/proc/config" "$work/proc/log"
	rm -rf "$work/sys"
	ctl log -f
	expect 'log when not running' 69 err 'not running'
}
