# SPDX-License-Identifier: MIT OR GPL-2.0-only
# fish completion for khttpdctl(8)

set -l commands start restart reload run stop drain check show status metrics log health digests doctor help version
set -l none "not __fish_seen_subcommand_from $commands"
complete -c khttpdctl -f
complete -c khttpdctl -s c -l config -r -F -d 'the configuration file'
complete -c khttpdctl -s q -l quiet -d 'print errors only'
complete -c khttpdctl -s h -l help -d 'print a summary'
complete -c khttpdctl -n $none -o t -d 'the same as check'
complete -c khttpdctl -n $none -s V -l version -d 'the same as version'
complete -c khttpdctl -n $none -a start -d 'load the module and apply the configuration'
complete -c khttpdctl -n $none -a restart -d 'check, stop, start'
complete -c khttpdctl -n $none -a reload -d 'apply the configuration to the running server, all of it or nothing'
complete -c khttpdctl -n $none -a run -d 'serve in the foreground until SIGTERM or SIGINT'
complete -c khttpdctl -n $none -a stop -d 'unload the module'
complete -c khttpdctl -n $none -a drain -d 'close each connection after its next reply'
complete -c khttpdctl -n $none -a check -d 'check the configuration'
complete -c khttpdctl -n $none -a show -d 'print the configuration in force, or that of the file'
complete -c khttpdctl -n $none -a status -d 'say whether the server is running, and print its counters'
complete -c khttpdctl -n $none -a metrics -d 'print counters and histograms for Prometheus'
complete -c khttpdctl -n $none -a log -d 'print the replies recorded since the last call'
complete -c khttpdctl -n $none -a health -d 'check that the server answers'
complete -c khttpdctl -n $none -a digests -d 'write digests of large files'
complete -c khttpdctl -n $none -a doctor -d 'look for what keeps the server from running'
complete -c khttpdctl -n $none -a help -d 'describe a command'
complete -c khttpdctl -n $none -a version -d 'print the versions'
complete -c khttpdctl -n '__fish_seen_subcommand_from start restart reload run' -s f -l file -r -F \
	-d 'the configuration file'
complete -c khttpdctl -n '__fish_seen_subcommand_from start' -l stay \
	-d 'stay until the module is unloaded'
complete -c khttpdctl -n '__fish_seen_subcommand_from check show' -F
complete -c khttpdctl -n '__fish_seen_subcommand_from show' -l origin \
	-d 'with file and line of each value'
complete -c khttpdctl -n '__fish_seen_subcommand_from show status log' -l json -d 'as JSON'
complete -c khttpdctl -n '__fish_seen_subcommand_from show' -l canonical -d 'as the module reads it'
complete -c khttpdctl -n '__fish_seen_subcommand_from log' -s f -l follow \
	-d 'keep printing until the server is unloaded'
complete -c khttpdctl -n '__fish_seen_subcommand_from log' -s o -l output -r -F \
	-d 'append to this file'
complete -c khttpdctl -n '__fish_seen_subcommand_from metrics' -s o -l output -r -F \
	-d 'replace this file'
complete -c khttpdctl -n '__fish_seen_subcommand_from drain health' -l timeout -x \
	-d 'seconds to wait'
complete -c khttpdctl -n '__fish_seen_subcommand_from digests' -a '(__fish_complete_directories)'
complete -c khttpdctl -n '__fish_seen_subcommand_from doctor' -l kernel -x \
	-a '(ls /lib/modules 2>/dev/null)' -d 'check for this kernel'
complete -c khttpdctl -n '__fish_seen_subcommand_from help' -a "$commands"
