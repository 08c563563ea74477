#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Finds out what the kernel headers at hand offer and writes it as KH_HAVE_NAME 0 or 1.
#
# All probes of probes.def are compiled at once: each is a function of its own under a #line with
# its name, so that the compiler's errors say which do not hold. A second run, of those that held,
# must then be clean; a header that does not parse at all cannot pass for a missing feature. Three
# more cannot hold, one for each kind of error that tells: flags that hide it would let all probes pass.
set -eu

case ${1:-} in
'' | -h | --help)
	echo "Usage: probe.sh PROBES.DEF CONFIG.H RELEASE COMPILER-TEXT COMPILER FLAGS..."
	exit 0 ;;
esac
probes=$1 out=$2
shift 4 # the release and the compiler's text are there to rerun the probes when they change

dir=$out.probe
rm -rf "$dir"
mkdir -p "$dir"
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# $1: a file of names that do not hold
program()
{
	awk -v failed="$1" '
	BEGIN {
		FS = "[ \t]*\\|[ \t]*"
		while ((getline name < failed) > 0)
			skip[name] = 1
	}
	/^[[:space:]]*(#|$)/ { next }
	NF < 3 { printf "#error probes.def:%d: want NAME | HEADERS | CODE\n", FNR; next }
	{
		name = $1
		count = split($2, headers, " ")
		code = $0
		sub(/^[^|]*\|[^|]*\|[ \t]*/, "", code)
		for (i = 1; i <= count; i++)
			if (!(headers[i] in seen)) {
				seen[headers[i]] = 1
				top = top sprintf("#if __has_include(<%s>)\n#include <%s>\n#endif\n",
						  headers[i], headers[i])
			}
		if (name in skip)
			next
		body = body sprintf("#line 1 \"probe:%s\"\n", name)
		for (i = 1; i <= count; i++)
			body = body sprintf("\n#if !__has_include(<%s>)\n#error no <%s>\n#endif\n",
					    headers[i], headers[i])
		add(name, code)
	}
	function add(name, code)
	{
		body = body sprintf("#line 1 \"probe:%s\"\n", name)
		if (code ~ /^@/)
			body = body substr(code, 2) "\n"
		else
			body = body sprintf("static void __attribute__((unused)) kh_probe_%s(void) { %s }\n",
					    name, code)
	}
	function guard(name, code)
	{
		if (!(name in skip))
			add(name, code)
	}
	END {
		guard("guard_function", "kh_there_is_no_such_function();")
		guard("guard_pointer", "int *p = 0; long *q = p; (void)q;")
		guard("guard_number", "int n = 1; char *p = n; (void)p;")
		printf "%s%s", top, body
	}' "$probes"
}

compile()
{
	# shellcheck disable=SC2086 # a list of options
	LC_ALL=C "$@" -fsyntax-only -Werror=implicit-function-declaration \
		-Werror=incompatible-pointer-types -Werror=int-conversion $macros \
		-x c "$dir/program.c" >"$dir/log" 2>&1
}

# Without this GCC reports an error in a macro's text at the macro, not at its use.
macros=
case $("$@" --version 2>/dev/null) in
*clang*) macros=-ferror-limit=0 ;;
*) macros='-ftrack-macro-expansion=0 -fmax-errors=0' ;;
esac

: >"$dir/failed"
program "$dir/failed" >"$dir/program.c"
compile "$@" || sed -n 's/^probe:\([a-z0-9_]*\):[0-9:]* *\(fatal \)\{0,1\}error:.*/\1/p' "$dir/log" |
	sort -u >"$dir/failed"
if [ "$(grep -c '^guard_' "$dir/failed")" -ne 3 ]; then
	echo "khttpd: these compiler flags hide errors that tell what the kernel offers (is there a -w?):" >&2
	echo "    $*" >&2
	exit 1
fi
program "$dir/failed" >"$dir/program.c"
if ! compile "$@"; then
	echo "khttpd: the kernel's headers do not compile; the compiler says:" >&2
	head -n 40 "$dir/log" >&2
	exit 1
fi

awk -v failed="$dir/failed" '
BEGIN {
	FS = "[ \t]*\\|[ \t]*"
	while ((getline name < failed) > 0)
		skip[name] = 1
	print "/* Made by compat/probe.sh from compat/probes.def for the kernel at hand. */"
	print "#pragma once"
}
/^[[:space:]]*(#|$)/ { next }
{ printf "#define KH_HAVE_%s %d\n", toupper($1), !($1 in skip) }' "$probes" >"$dir/config.h"
mv -f "$dir/config.h" "$out"
