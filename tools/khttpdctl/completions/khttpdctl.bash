# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# bash completion for khttpdctl(8)

# The options of a command, besides those of all.
_khttpdctl_options()
{
	case $1 in
	start) echo -f --file --stay ;;
	restart | reload | run) echo -f --file ;;
	show) echo --origin --json --canonical ;;
	status) echo --json ;;
	metrics) echo -o --output ;;
	log) echo -f --follow -o --output --json ;;
	drain | health) echo --timeout ;;
	doctor) echo --kernel ;;
	'') echo -t -V --version ;;
	esac
}

_khttpdctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local commands='start restart reload run stop drain check show status metrics log health
		digests doctor help version'
	local i word command='' kind=none

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-c | --config | --file | -o | --output | --kernel | --timeout) ((i++)) ;;
		-*) ;;
		*) command=${command:-$word} ;;
		esac
	done
	case $prev in
	-c | --config | --file | -o | --output) kind=file ;;
	-f) [[ $command == log ]] || kind=file ;;
	--kernel) kind=kernel ;;
	--timeout) return ;;
	esac
	if [[ $kind == none && $cur == -* ]]; then
		kind=option
	elif [[ $kind == none ]]; then
		case $command in
		check | show) kind=file ;;
		digests) kind=folder ;;
		'' | help) kind=command ;;
		esac
	fi
	case $kind in
	file)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	folder)
		compopt -o dirnames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	kernel) mapfile -t COMPREPLY < <(compgen -W "$(ls /lib/modules 2>/dev/null)" -- "$cur") ;;
	option)
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_khttpdctl_options "$command") -c --config -q --quiet -h --help" -- "$cur")
		;;
	command) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur") ;;
	esac
}
complete -F _khttpdctl khttpdctl
