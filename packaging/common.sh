# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # the caller sets top
# What the package builders share. Sourced with `top', the root of the tree, set.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

version() { sed -n 's/.*KHTTPD_VERSION "\(.*\)".*/\1/p' "$top/src/kapi/version.h"; }

# A tarball may lie unpacked inside another project's repository, which knows nothing of it.
has_git() { [ -e "$top/.git" ] && git -C "$top" rev-parse --git-dir >/dev/null 2>&1; }

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
	if has_git; then
		git -C "$top" log -1 --format=%ct
	else
		date -d "$(sed -n 's/^ -- .*>  //p' "$top/debian/changelog" | head -n 1)" +%s
	fi
}
