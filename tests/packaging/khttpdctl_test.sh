#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Tests of khttpdctl without a kernel module: modinfo, modprobe, rmmod and dmesg are stand-ins, the
# parameters' description is made from src/config/params.def as the module makes it, but for the
# default document root, which is not there, and sysfs is a directory. Prints `N passed, N failed`.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
case ${1-} in
-h | --help) echo 'Usage: tests/packaging/khttpdctl_test.sh'; exit 0 ;;
esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
mkdir -p "$work/bin" "$work/proc"

describe()
{
	cat > "$work/describe.c" <<'END'
#define KH_UINT(name, value, low, high, unit, description) \
	@name ":" description " [uint " #low ".." #high " " unit ", default " #value "] (uint)"
#define KH_BOOL(name, value, description) \
	@name ":" description " [bool 0..1, default " #value "] (bool)"
#define KH_TEXT(name, type, value, low, high, description) \
	@name ":" description " [" #type " " #low ".." #high " bytes, default " value "] (string)"
#include "config/params.def"
END
	cpp -P -I"$top/src" "$work/describe.c" | tr '\n' ' ' | tr '@' '\n' |
		sed -e "s,/var/www/khttpd,$work/www,g" -e 's/" *"//g' -e 's/ *"//' -e 's/"//g' -e 's/\\\\/\\/g' -e 's/ *$//' | grep :
	echo 'apply:write 1 to apply (bool)'
}

stub() { { echo '#!/bin/sh'; cat; } > "$work/bin/$1" && chmod 755 "$work/bin/$1"; }

describe > "$work/description"
stub modinfo <<END
case "\$*" in
*'-F filename'*) [ -e "$work/built" ] && echo /lib/modules/x/khttpd.ko ;;
*'-F version'*) [ -e "$work/built" ] && echo 0.1.0 ;;
'-p '*) cat "$work/description" ;;
esac
END
stub modprobe <<END
printf '%s\\n' "\$*" >> "$work/modprobe.log"
[ ! -s "$work/modprobe.error" ] || { cat "$work/modprobe.error" >&2; exit 1; }
case "\$1" in
-r) rm -rf "$work/sys" ;;
*) mkdir -p "$work/sys/parameters"; echo 0.1.0 > "$work/sys/version" ;;
esac
END
stub rmmod <<END
rm -rf "$work/sys"
END
stub dmesg <<END
cat "$work/dmesg"
END
: > "$work/dmesg"
: > "$work/modprobe.error"
touch "$work/built"

# Runs khttpdctl with $conf and keeps its status and output.
ctl()
{
	ctl_raw "$@" > "$work/out" 2> "$work/err"
	status=$?
}

ctl_raw()
{
	PATH="$work/bin:$PATH" KHTTPD_SYSFS="$work/sys" KHTTPD_PROC="$work/proc" \
		KHTTPD_LOCK="$work/lock" KHTTPD_ROOT="$work/root" \
		env --default-signal=PIPE "$top/tools/shell/khttpdctl" -c "$work/conf" "$@"
}

conf() { cat > "$work/conf"; }

# A loaded module whose staged parameters are the defaults.
loaded()
{
	rm -rf "$work/sys"
	mkdir -p "$work/sys/parameters"
	echo 0.1.0 > "$work/sys/version"
	sed -n 's/^\([a-z_]*\):.*, default \(.*\)\] (.*/\1=\2/p' "$work/description" |
		while IFS='=' read -r name value; do
			printf '%s\n' "${value% }" > "$work/sys/parameters/$name"
		done
	echo 0 > "$work/sys/parameters/apply"
}

# expect NAME STATUS [FILE PATTERN]: the last run, and a line that FILE must have.
expect()
{
	problem=
	[ "$status" -eq "$2" ] || problem="status $status, expected $2"
	if [ $# -gt 2 ] && ! grep -qE -- "$4" "$work/$3"; then
		problem="$problem; no line like: $4"
	fi
	if [ -z "$problem" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL %s: %s\n' "$1" "$problem"
		sed 's/^/     out: /' "$work/out"
		sed 's/^/     err: /' "$work/err"
	fi
}

# refuses NAME PATTERN: the configuration on standard input has one mistake.
refuses()
{
	conf
	ctl check
	expect "$1" 78 err "^$work/conf:$2"
}

# refuses_each: as refuses, for each line `SETTING|PATTERN` on standard input.
refuses_each()
{
	while IFS='|' read -r setting pattern; do
		refuses "$setting" "1: $pattern" <<END
$setting
END
	done
}

accepts()
{
	conf
	ctl check
	expect "$1" 0 out 'is good'
}

# shellcheck source=tests/packaging/khttpdctl_config.sh
. "$top/tests/packaging/khttpdctl_config.sh"
# shellcheck source=tests/packaging/khttpdctl_routes.sh
. "$top/tests/packaging/khttpdctl_routes.sh"

test_rules()
{
	refuses 'a target above the head' '1: max_target_size=8193 is more than max_header_size=8192' <<END
max_target_size = 8193
max_header_size = 8192
END
	refuses 'a head below the default target' \
		'1: max_target_size=8192 \(its default\) is more than max_header_size=1024' <<END
max_header_size = 1024
END
	accepts 'a cache that is off' <<END
cache_size = 0
END
	accepts 'the default document root that is not there' < /dev/null
	conf <<END
docroot = $work/www
END
	ctl check
	if [ "$(id -u)" -eq 0 ]; then
		expect 'the same by its name' 78 err 'conf:1: docroot=.*/www is not a directory'
	else
		expect 'the same by its name' 0 err 'warning: docroot=.*/www'
	fi
	touch "$work/www"
	conf < /dev/null
	ctl check
	expect 'a file in its place' 78 err 'conf: docroot=.*/www is not a directory'
	rm "$work/www"
	conf <<END
docroot = /nonexistent
END
	ctl check
	if [ "$(id -u)" -eq 0 ]; then
		expect 'a document root that is not there' 78 err 'conf:1: docroot=/nonexistent is not'
	else
		expect 'a document root that is not there' 0 err 'warning: docroot=/nonexistent'
	fi
}

test_start()
{
	rm -rf "$work/sys"
	: > "$work/modprobe.log"
	conf <<END
port = 80
body = two words
END
	ctl start
	expect 'start' 0
	status=0
	cp "$work/modprobe.log" "$work/out"
	expect 'start passes what is set, blanks in quotes' 0 out \
		'^--first-time khttpd .*port=80 .*body="two words" '
	expect 'and the defaults, which a line in modprobe.d must not change' 0 out \
		' max_header_size=16384 .* docroot=[^ ]*/www | docroot=[^ ]*/www .* max_header_size=16384 '

	ctl stop
	[ ! -d "$work/sys" ] || status=1
	expect 'stop' 0
	conf <<'END'
routes = /a 200 text/plain 'it\'s \qup\q\n' ; /b 204
END
	: > "$work/modprobe.log"
	ctl start
	cp "$work/modprobe.log" "$work/out"
	expect 'start passes routes as they are' 0 out \
		"^--first-time khttpd .* routes=\"/a 200 text/plain 'it\\\\'s \\\\qup\\\\q\\\\n' ; /b 204\" "
	ctl stop
	ctl stop
	expect 'stop when stopped' 0 out 'is not loaded'

	conf <<END
prot = 80
END
	: > "$work/modprobe.log"
	ctl start
	expect 'start refuses a bad configuration' 78 err 'conf:1: unknown'
	[ -s "$work/modprobe.log" ] && status=0
	expect 'and loads nothing' 78
	loaded
	ctl start
	[ -d "$work/sys" ] || status=1
	expect 'nor takes a module away that was loaded by hand' 78
	ctl restart
	[ -d "$work/sys" ] || status=1
	expect 'restart with a bad configuration leaves the server' 78
	rm -rf "$work/sys"
	conf < /dev/null
	load_fails 'an unsigned module' 77 'Secure Boot is on' \
		"could not insert 'khttpd': Key was rejected by service"
	load_fails 'a missing module' 69 'not built for kernel' \
		'FATAL: Module khttpd not found in directory /lib/modules/x'
	load_fails 'a module of another kernel' 69 'built for another kernel' \
		"could not insert 'khttpd': Exec format error"
	printf '%s\n' '[    1.000000] khttpd: an old line' 'a line that goes on' > "$work/dmesg"
	stub dmesg <<END
cat "$work/dmesg"
echo '[    2.000000] khttpd: cannot listen on 0.0.0.0 port 80: address in use' >> "$work/dmesg"
END
	load_fails 'a port that is taken' 71 '^kernel: khttpd: cannot listen' \
		"could not insert 'khttpd': Address already in use"
	status=0
	grep -q 'old line' "$work/err" && status=1
	expect 'only new lines of the kernel are shown' 0
	rm -f "$work/built"
	stub dmesg < /dev/null
}

test_start_with_an_old_file()
{
	rm -rf "$work/sys"
	: > "$work/modprobe.log"
	conf <<END
relaxed_targets = 0
port = 80
END
	ctl start
	expect 'start with a parameter that earlier versions had' 0 err ':1: warning: relaxed_targets'
	grep -q relaxed_targets "$work/modprobe.log" && status=1
	expect 'which the module is not told' 0
	ctl stop
}

# load_fails NAME STATUS PATTERN MESSAGE: modprobe says MESSAGE.
load_fails()
{
	echo "modprobe: ERROR: $4" > "$work/modprobe.error"
	ctl start
	expect "start with $1" "$2" err "$3"
	: > "$work/modprobe.error"
}

parameter()
{
	status=0
	[ "$(cat "$work/sys/parameters/$1")" = "$2" ] || status=1
	expect "$3" 0
}

test_reload()
{
	touch "$work/built"
	rm -rf "$work/sys"
	conf < /dev/null
	ctl reload
	expect 'reload when not running' 69 err 'not running'
	loaded
	echo 9000 > "$work/sys/parameters/port"
	echo 'old words' > "$work/sys/parameters/body"
	conf <<END
index = start page.html
END
	ctl reload
	expect 'reload' 0 out 'applied'
	parameter index 'start page.html' 'reload stages what is set'
	parameter port 8081 'reload puts back the default of what is gone'
	parameter body 'Hello World!\n' 'a default keeps its backslash'
	parameter apply 1 'reload applies'

	rm -f "$work/sys/parameters/apply"
	mkdir "$work/sys/parameters/apply"
	conf <<END
port = 80
END
	ctl reload
	expect 'a refused reload' 75 err 'the old configuration goes on serving'
	parameter port 8081 'a refused reload puts the staged values back'
	parameter index 'start page.html' 'all of them'
	# shellcheck disable=SC1003,SC2016 # nothing of it is to be expanded
	hostile='"$(touch ran)`touch ran` $name; exit "\'
	printf '%s\nof two lines\n' "$hostile" > "$work/sys/parameters/index"
	ctl reload
	expect 'a refused reload of what was staged by hand' 75 err 'the old configuration goes on'
	parameter index "$hostile
of two lines" 'and puts it back as it was, to the letter'

	loaded
	( flock 9; sleep 2; echo 9001 > "$work/sys/parameters/port" ) 9> "$work/lock" &
	sleep 0.3
	ctl reload
	expect 'a reload waits for the one before' 0 out 'applied'
	parameter port 80 'and mixes no values with it'
	wait

	loaded
	rm -f "$work/sys/parameters/index"
	ctl reload
	expect 'a loaded module that lacks a parameter' 75 err 'has no parameter index'
	loaded
	sed -i 's/^\(port:.*\)\] (uint)/\1 (load)] (uint)/' "$work/description"
	ctl reload
	expect 'a parameter for load time only' 75 err 'can only be set when the module is loaded'
	describe > "$work/description"
}

# shellcheck source=tests/packaging/khttpdctl_doctor.sh
. "$top/tests/packaging/khttpdctl_doctor.sh"

test_rest()
{
	loaded
	cat > "$work/proc/status" <<END
version 0.1.0
port 8081
requests 17
END
	ctl status
	expect 'status' 0 out 'requests: 17'
	ctl status --json
	expect 'status as JSON has numbers' 0 out '"requests": 17'
	expect 'and strings' 0 out '"version": "0.1.0"'
	python3 -c 'import json, sys; json.load(sys.stdin)' < "$work/out" 2> "$work/err"
	status=$?
	expect 'it is JSON' 0
	rm -rf "$work/sys"
	ctl status
	expect 'status when stopped' 3 out 'not running'
	ctl status --json
	expect 'JSON when stopped' 3 out '"loaded": false'
	conf <<END
port = 80
END
	ctl show
	expect 'show has what is set' 0 out '^port = 80$'
	expect 'and the defaults' 0 out '^header_timeout = 10$'
	ctl version
	expect 'version' 0 out '^khttpdctl [0-9]+\.[0-9]+'
	ctl nonsense
	expect 'an unknown command' 64 err 'unknown command nonsense'
	ctl check more
	expect 'an argument too many' 64 err 'unexpected argument more'
	ctl --help
	expect 'help' 0 out '^Usage: khttpdctl'
	ctl -t
	expect '-t is check' 0 out 'is good'
	rm -f "$work/conf"
	ctl check
	expect 'no configuration file' 66 err 'cannot read'
	cp "$top/etc/khttpd.conf" "$work/conf"
	sed -i "s,/var/www/khttpd,$work," "$work/conf"
	ctl check
	expect 'the packaged configuration' 0 out '1 of them set'
	sed -i -E 's/^#([a-z_]+ = ?)/\1/' "$work/conf"
	ctl show
	grep -v '^docroot' "$work/out" > "$work/all"
	: > "$work/conf"
	ctl show
	grep -v '^docroot' "$work/out" | cmp -s - "$work/all"
	status=$?
	expect 'the packaged configuration shows every default as it is' 0
	sed -n 's/^\([a-z_]*\):.*\[.*/\1/p' "$work/description" > "$work/names"
	while read -r name; do
		grep -q "^#*$name =" "$top/etc/khttpd.conf" &&
			grep -q "^\.It Cm $name No = " "$top/man/khttpd.conf.5"
		status=$?
		expect "$name is in khttpd.conf and its manual page" 0
	done < "$work/names"
	: > "$work/description"
	: > "$work/conf"
	ctl check
	expect 'no module to check against' 69 err 'not built'
}

# shellcheck source=tests/packaging/khttpdctl_log.sh
. "$top/tests/packaging/khttpdctl_log.sh"

# shellcheck source=tests/packaging/khttpdctl_digests.sh
. "$top/tests/packaging/khttpdctl_digests.sh"

test_syntax
test_values
test_routes
test_rules
test_start_with_an_old_file
test_start
test_reload
test_log
test_digests
test_doctor
test_rest
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
