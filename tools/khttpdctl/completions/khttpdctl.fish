# SPDX-License-Identifier: MIT OR GPL-2.0-only
# fish completion for khttpdctl(8)

set -l commands check show help version
complete -c khttpdctl -f
complete -c khttpdctl -s c -l config -r -F -d 'the configuration file'
complete -c khttpdctl -s q -l quiet -d 'only errors'
complete -c khttpdctl -s h -l help -d 'print a summary'
complete -c khttpdctl -n "not __fish_seen_subcommand_from $commands" -o t -d 'the same as check'
complete -c khttpdctl -n "not __fish_seen_subcommand_from $commands" -s V -l version \
	-d 'the same as version'
complete -c khttpdctl -n "not __fish_seen_subcommand_from $commands" -a check \
	-d 'say whether the configuration is good'
complete -c khttpdctl -n "not __fish_seen_subcommand_from $commands" -a show \
	-d 'print the configuration, with what is not set'
complete -c khttpdctl -n "not __fish_seen_subcommand_from $commands" -a help \
	-d 'print what a command does'
complete -c khttpdctl -n "not __fish_seen_subcommand_from $commands" -a version \
	-d 'print the versions'
complete -c khttpdctl -n '__fish_seen_subcommand_from check show' -F
complete -c khttpdctl -n '__fish_seen_subcommand_from show' -l origin \
	-d 'with the file and line of each value'
complete -c khttpdctl -n '__fish_seen_subcommand_from show' -l json -d 'as one JSON object'
complete -c khttpdctl -n '__fish_seen_subcommand_from show' -l canonical -d 'as the module reads it'
complete -c khttpdctl -n '__fish_seen_subcommand_from help' -a "$commands"
