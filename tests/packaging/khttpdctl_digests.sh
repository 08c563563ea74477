# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # work is khttpdctl_test.sh's
# `khttpdctl digests`: sourced by khttpdctl_test.sh, whose functions and stand-ins it uses.

test_digests()
{
	site=$work/digests
	list=$site/.khttpd-digests
	mkdir -p "$site/a!" "$site/a"
	# The server, and root here, read as a user who must get through.
	chmod 755 "$work" "$work/bin"
	head -c 65536 /dev/zero > "$site/a!/z"
	head -c 65535 /dev/zero > "$site/small"
	for name in a/big 'b c' 'b\c' a-x "$(printf 'b\tc')" "$(printf 'b\nc')"; do
		head -c 70000 /dev/zero > "$site/$name"
		touch -d @1600000000.000000001 "$site/$name"
	done
	touch -d @1600000000.5 "$site/a!/z"
	ctl digests "$site"
	expect 'digests' 0 out "^khttpdctl: 5 digests are in $site/.khttpd-digests\$"
	many=$(head -c 70000 /dev/zero | sha256sum | cut -c 1-64)
	one=$(head -c 65536 /dev/zero | sha256sum | cut -c 1-64)
	change() { stat -c '%i	%Z.%z' "$1" | sed 's/\.[^.]*\.\([0-9]*\).*/\1/'; }
	{
		printf 'a!/z\t%s\t65536\t1600000000500000000\t%s\n' "$one" "$(change "$site/a!/z")"
		for name in a-x a/big 'b c' 'b\c'; do
			printf '%s\t%s\t70000\t1600000000000000001\t%s\n' "$name" "$many" \
				"$(change "$site/$name")"
		done
	} > "$work/expected"
	cmp -s "$work/expected" "$list"
	status=$?
	expect 'sorted lines of name, digest, size, time, inode and time of change' 0
	[ "$(stat -c %a "$list")" = 644 ]
	status=$?
	expect 'everybody may read the list' 0
	test_digests_of_others
	test_digests_of_changes
	test_digests_of_nothing
}

test_digests_of_others()
{
	# A link in the place of what is written leads nowhere else, and what others must not read stays
	# theirs.
	echo secret > "$work/secret"
	chmod 600 "$work/secret"
	ln -s "$work/secret" "$list.new"
	head -c 70000 /dev/zero > "$site/mine"
	chmod 600 "$site/mine"
	ctl digests "$site"
	expect 'digests in spite of a link' 0 err '1 files changed or could not be read meanwhile'
	[ "$(cat "$work/secret")" = secret ] && [ "$(stat -c %a "$work/secret")" = 600 ] && [ -f "$list" ]
	status=$?
	expect 'what the link led to is as it was' 0
	rm -f "$site/mine"
	chmod g+w "$site"
	ctl digests "$site"
	expect "digests in root's directory that others write to" 77 err "chmod go-w $site"
	chmod g-w "$site"
	chown 4711:4712 "$site"
	ctl digests "$site"
	expect 'digests in the directory of a user' 0
	[ "$(stat -c %u:%g:%a "$list")" = 4711:4712:644 ]
	status=$?
	expect "the list is the user's" 0
}

test_digests_of_changes()
{
	chmod 666 "$site/a-x"
	# One that changes while digests are made has none.
	stub sha256sum <<END
/usr/bin/sha256sum "\$@"
[ ! -e "$site/a-x" ] || echo more >> "$site/a-x"
END
	ctl digests "$site"
	expect 'a file that changes meanwhile' 0 err '1 files changed or could not be read meanwhile'
	grep -q '^a-x' "$list"
	status=$?
	expect 'it is not listed' 1
	rm -f "$work/bin/sha256sum"
}

test_digests_of_nothing()
{
	rm -rf "$work/empty"
	mkdir "$work/empty"
	ctl digests "$work/empty"
	expect 'digests of nothing' 0 out '^khttpdctl: 0 digests'
	ctl -q digests "$work/empty"
	[ ! -s "$work/out" ]
	status=$?
	expect 'digests, quietly' 0
	ctl digests "$work/none"
	expect 'digests of no directory' 66 err "cannot enter the directory $work/none"
	ctl digests "$site" more
	expect 'digests with two arguments' 64 err 'digests takes no more'
	ctl digests --nonsense
	expect 'digests with an option' 64 err 'digests takes no --nonsense'
	echo "docroot = $site" | conf
	ctl digests
	expect "digests of the configuration's document root" 0 out "5 digests are in $site/"
	echo 'docroot =' | conf
	ctl digests
	expect 'digests without a document root' 66 err 'has no document root'
}
