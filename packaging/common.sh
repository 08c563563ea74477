# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # the caller sets top
# What the package builders share. Sourced with `top', the root of the tree, set.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

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

# Copies the sources, without anything built, to the directory $1.
export_tree()
{
	mkdir -p "$1"
	if has_git; then
		(cd "$top" && git ls-files --cached --others --exclude-standard |
			while IFS= read -r file; do
				[ -e "$file" ] || [ -L "$file" ] || continue
				printf '%s\n' "$file"
			done | tar -cf - --no-recursion -T -) | tar -xf - -C "$1"
	else
		(cd "$top" && tar -cf - --exclude=./dist --exclude='*.o' --exclude='*.ko' \
			--exclude='*.cmd' --exclude='*.mod' --exclude='*.mod.c' --exclude='*.o.d' \
			--exclude=./src/compat/config.h --exclude=./src/compat/config.h.probe \
			--exclude=Module.symvers --exclude=modules.order .) |
			tar -xf - -C "$1"
	fi
	# One time for all files, that of the last change: the same sources, the same packages.
	find "$1" -exec touch -h -d "@$(source_date)" {} +
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
