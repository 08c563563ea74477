# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # the caller sets top
# What the package builders share. Sourced with `top', the root of the tree, set.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# What is made does not depend on who makes it, or where.
umask 022
export TZ=UTC LC_ALL=C.UTF-8

version() { sed -n 's/.*KHTTPD_VERSION "\(.*\)".*/\1/p' "$top/src/kapi/version.h"; }

# A tarball may lie unpacked inside another project's repository, which knows nothing of it.
has_git() { [ -e "$top/.git" ] && git -C "$top" rev-parse --git-dir >/dev/null 2>&1; }

# Sets out and released from the arguments of a builder: [--released] [DIRECTORY].
builder_arguments()
{
	released=
	case ${1-} in
	-h | --help)
		echo "Usage: ${0#"$top/"} [--released] [DIRECTORY]     (default: dist)"
		echo '--released builds in a root file system of Debian 11, so that one file serves it and later'
		echo 'distributions; else what is built is for this one and later ones. Needs mmdebstrap.'
		exit 0 ;;
	--released)
		released=1
		shift ;;
	-*) die "unknown option $1" ;;
	esac
	mkdir -p "${1:-$top/dist}"
	out=$(cd "${1:-$top/dist}" && pwd)
}

# A place to build in, which goes at the end: $work, called $place by the command that builds.
make_place()
{
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	place=$work
	[ -z "$released" ] || place=/src
}

# In the folder $1 of the place runs the command that builds; its output is shown if it fails.
build_in()
{
	folder=$1
	shift
	SOURCE_DATE_EPOCH=$(source_date)
	export SOURCE_DATE_EPOCH
	if [ -n "$released" ]; then
		cache=${XDG_CACHE_HOME:-$HOME/.cache}/khttpd/ccache-package
		mkdir -p "$cache"
		root=$("$top/tests/lib/rootfs" package bullseye)
		# shellcheck disable=SC2016 # for the shell inside
		set -- env KH_CCACHE=/input CCACHE_BASEDIR=/src CCACHE_SLOPPINESS=locale \
			"$top/tests/lib/in-root" "$root" --bind "$work:/src" --bind "$cache:/input" \
			sh -c 'PATH=/usr/lib/ccache:$PATH; cd "$0" && exec "$@"' \
			"$place/$folder" "$@"
	fi
	if ! (cd "$work/$folder" && "$@") > "$work/log" 2>&1; then
		cat "$work/log" >&2
		die 'the package does not build: see above'
	fi
}

# Names of the sources, each ended by a zero byte: neither what was built nor what was measured.
list_sources()
{
	if has_git; then
		# shellcheck disable=SC2016 # for the shell that xargs starts
		(cd "$top" && git ls-files -z --cached --others --exclude-standard) |
			(cd "$top" && xargs -0 sh -c 'for file; do
				case $file in artifacts/*) continue ;; esac
				if [ -e "$file" ] || [ -L "$file" ]; then printf "%s\0" "$file"; fi
			done' sh)
	else
		(cd "$top" && find . -type d \( -path ./dist -o -path ./build -o -path ./artifacts -o -path ./.pc -o \
			-path './tests/*/build' -o -path ./src/compat/config.h.probe -o \
			-name .git -o -name __pycache__ \) -prune -o ! -type d ! -name '*.o' ! -name '*.ko' \
			! -name '*.cmd' ! -name '*.mod' ! -name '*.mod.c' ! -name '*.o.d' ! -name '*.d' \
			! -path ./src/compat/config.h ! -name Module.symvers ! -name modules.order \
			-printf '%P\0')
	fi
}

# Copies the sources to the directory $1.
export_tree()
{
	mkdir -p "$1"
	list_sources | (cd "$top" && tar -cf - --no-recursion --null -T -) | tar -xf - -C "$1"
	# The same sources are the same packages, whatever the umask of the checkout was: the time is
	# that of the last change for all files.
	chmod -R u=rwX,go=rX "$1"
	find "$1" -exec touch -h -d "@$(source_date)" {} +
}

# Makes the tarball of the sources, from which all packages are built, in the directory $1. What
# makes the Debian packages of them is a part of Debian's source package, not of the tarball.
make_tarball()
{
	name=khttpd-$(version)
	export_tree "$1/tar/$name"
	tar -C "$1/tar" --exclude="$name/debian" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -cf - "$name" |
		gzip -9n > "$1/$name.tar.gz"
	rm -rf "$1/tar"
	touch -d "@$(source_date)" "$1/$name.tar.gz"
}

source_date()
{
	if [ -n "${SOURCE_DATE_EPOCH-}" ]; then
		echo "$SOURCE_DATE_EPOCH"
	elif has_git; then
		git -C "$top" log -1 --format=%ct
	else
		date -d "$(sed -n 's/^ -- .*>  //p' "$top/debian/changelog" | head -n 1)" +%s
	fi
}
