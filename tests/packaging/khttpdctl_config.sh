# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# Tests of `khttpdctl check': what a configuration file may say. Sourced by khttpdctl_test.sh.

test_syntax()
{
	accepts 'an empty file' < /dev/null
	accepts 'comments, blanks and carriage returns' <<END
# a comment

	  # another
 port=80
body = a # is part of the value
max_requests	=	4294967295$(printf '\r')
END
	refuses 'no equals sign' '1: expected' <<END
port 80
END
	refuses 'no name' '1: no name' <<END
= 80
END
	refuses 'an unknown name, with its line and a suggestion' \
		"3: unknown parameter .prot'; did you mean port\?" <<END
# one

prot = 80
END
	refuses 'apply is no setting' '1: unknown parameter' <<END
apply = 1
END
	accepts 'a parameter that earlier versions had' <<END
relaxed_targets = 1
port = 80
END
	expect 'and it is told' 0 err ":1: warning: relaxed_targets is no parameter any more"
	refuses 'a name given twice' '2: port is set twice, first in line 1' <<END
port = 80
port = 81
END
}

test_values()
{
	accepts 'a switch turned off by word' <<END
inline = off
END
	accepts 'and on' <<END
inline = Yes
END
	accepts 'both ends of a range' <<END
port = 65535
keepalive_timeout = 0
END
	accepts 'addresses' <<END
bind = *,127.0.0.1, ::1, 2001:db8::10, ::ffff:192.0.2.1,fe80:0:0:0:0:0:0:1
END
	refuses_each <<'CASES'
port = 65536|port=65536 is out of range: 1..65535
header_timeout = 0|header_timeout=0 is out of range: 1..3600 s
max_requests = 99999999999999999999|max_requests=.* out of range
port = -1|port=-1 is not a number
port = 80k|port=80k is not a number
port =|port= is not a number
inline = 2|inline=2 is neither
docroot = www|docroot=www is not an absolute path
body = a "b" c|body contains a double quote
CASES
	for bad in 256.0.0.1 1.2.3 1.2.3.4.5 01.2.3.4 ::1::2 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 \
		12345::1 host.example '127.0.0.1,' :::1 1:2:3:4:5:6:7:8:: '[::1]'; do
		refuses "the address $bad" '1: bind: .* is not an IPv4' <<END
bind = $bad
END
	done
	accepts 'sixteen addresses' <<END
bind = $(printf '127.0.0.%s,' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)::1
END
	refuses 'more addresses than the module takes' '1: bind: more than 16 addresses' <<END
bind = $(printf '127.0.0.%s,' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)::1
END
	refuses 'a text too long' '1: charset has 64 bytes' <<END
charset = $(printf '%064d' 0)
END
	refuses 'a control character' '1: body contains a control character' <<END
body = a$(printf '\001')b
END
}
