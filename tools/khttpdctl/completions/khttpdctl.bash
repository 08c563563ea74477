# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# bash completion for khttpdctl(8)

_khttpdctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local commands='check show help version' common='-c --config -q --quiet -h --help'
	local i word command=

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-c | --config) ((i++)) ;;
		-*) ;;
		*) command=${command:-$word} ;;
		esac
	done
	if [[ $prev == -c || $prev == --config ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	elif [[ $command == show && $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--origin --json --canonical $common" -- "$cur")
	elif [[ -n $command && $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$common" -- "$cur")
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$common -t -V --version" -- "$cur")
	elif [[ $command == check || $command == show ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	elif [[ -z $command || $command == help ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
	fi
}
complete -F _khttpdctl khttpdctl
