# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # conf, quiet and exit statuses are khttpdctl's
# `khttpdctl digests`: writes the list of digests that gives large files a tag of their content
# (khttpd(4), FILES AND THEIR TAGS). Sourced by khttpdctl, whose functions and variables it uses.

digest_list=.khttpd-digests
# Smaller ones have a tag of their content without a list, whatever etag_hash_size is.
digest_from=65536

# Root reads as the server does and writes as the directory's owner: whoever may write below the
# directory can put a link in the place of anything at any time, and must not get at more by that.
as_server()
{
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
	else
		setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
	fi
}

as_owner()
{
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
	else
		setpriv --reuid="$(stat -c %u .)" --regid="$(stat -c %g .)" --clear-groups -- "$@"
	fi
}

# Where root owns the directory the list is written as root.
check_owner()
{
	[ "$(id -u)" -eq 0 ] && [ "$(stat -c %u .)" -eq 0 ] || return 0
	case $(stat -c %A .) in
	?????w* | ????????w*)
		fail $no_permission "others than root may write to $directory: make it another user's," \
			"or chmod go-w $directory"
		;;
	esac
}

# Name, size, time of last modification, inode and time of last change of every file that is large;
# times in nanoseconds. A name with control characters cannot stand in a list of lines.
describe_large()
{
	as_server find . -type f -size +$((digest_from - 1))c ! -path '*[[:cntrl:]]*' ! -path "./$digest_list*" \
		-printf '%P\t%s\t%T@\t%i\t%C@\n' | awk -F '\t' -v OFS='\t' '
		function nanoseconds(time, parts) {
			split(time, parts, ".")
			return parts[1] substr(parts[2] "000000000", 1, 9)
		}
		length($1) < 4096 { print $1, $2, nanoseconds($3), $4, nanoseconds($5) }'
}

# Ctime tells of a change unless that came within the same moment, which has to be over.
wait_for_changes()
{
	over=$(($(date +%s) - 2))
	if awk -F '\t' -v over="$over" 'substr($5, 1, length($5) - 9) >= over { found = 1 }
		END { exit !found }' "$1"; then
		sleep 2
	fi
}

show_progress()
{
	if [ -n "$quiet" ] || ! [ -t 2 ]; then
		cat
		return
	fi
	awk -v total="$1" '{
		print
		printf "\rkhttpdctl: %d of %d files", NR, total > "/dev/stderr"
	}
	END { if (NR) printf "\n" > "/dev/stderr" }'
}

hash_large()
{
	cut -f1 "$1" | tr '\n' '\0' | as_server xargs -0 -r sha256sum -z -- | tr '\0' '\n' |
		show_progress "$(wc -l < "$1")"
}

# Writes the lines of the files that are what they were before their digest was made, and says of
# how many that is so.
join_digests()
{
	awk -F '\t' -v OFS='\t' -v before="$1" -v hashes="$2" '
		FILENAME == before { seen[$0] = 1; next }
		FILENAME == hashes { digest[substr($0, 67)] = substr($0, 1, 64); next }
		($0 in seen) && ($1 in digest) { print $1, digest[$1], $2, $3, $4, $5 }' "$1" "$2" "$3" | sort
}

write_digests()
{
	describe_large > "$work/before" || return 1
	wait_for_changes "$work/before"
	hash_large "$work/before" > "$work/hashes"
	describe_large > "$work/after" || return 1
	join_digests "$work/before" "$work/hashes" "$work/after" > "$work/list"
	# Opened as a new file, which no link can lead elsewhere.
	# shellcheck disable=SC2016 # $1 is the inner shell's
	as_owner sh -c 'umask 022 && rm -f "$1.new" && set -C && cat > "$1.new" && mv -f "$1.new" "$1"' \
		sh "$digest_list" < "$work/list"
}

digests()
{
	[ $# -le 1 ] || fail $usage_error "digests takes no $2; see khttpdctl --help"
	case ${1-} in
	-*) fail $usage_error "digests takes no $1; see khttpdctl --help" ;;
	esac
	directory=${1-}
	if [ -z "$directory" ]; then
		load_config
		directory=$(value_of docroot)
		[ -n "$directory" ] || fail $no_input "$conf has no document root"
	fi
	cd "$directory" 2>/dev/null || fail $no_input "cannot enter the directory $directory"
	check_owner
	work=$(mktemp -d) || exit $os_error
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	write_digests || fail $os_error "cannot write $directory/$digest_list"
	listed=$(wc -l < "$work/list")
	left=$(($(wc -l < "$work/after") - listed))
	note "$listed digests are in $directory/$digest_list"
	[ $left -eq 0 ] ||
		warn "$left files changed or could not be read meanwhile, and have none: run it again"
}
