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

test_routes()
{
	accepts 'routes of every form' <<'END'
docroot = /
routes = /healthz 200 text/plain 'ok ; it\'s up\n' ; /old 301 https://example.org/new ; /none 204 ; /r 503 text/html;charset=x file:/down.html
error_pages = 404=/404.html 503=/50x.html
autoindex = on
END
	refuses_each <<'CASES'
routes = healthz 200 text/plain 'ok'|routes: entry 1: healthz is not a path
routes = /a 204 ; /b|routes: entry 2: has no status
routes = /a 204 ;|routes: entry 2: is empty
routes = /a 600 text/plain 'x'|routes: entry 1: status 600 is out of range
routes = /a 304|routes: entry 1: status 304 is none
routes = /a 204 text/plain 'x'|routes: entry 1: after 204 comes nothing
routes = /a 302|routes: entry 1: after 302 comes an address
routes = /a 200 'x'|routes: entry 1: after 200 comes a type, and 'TEXT'
routes = /a 200 text 'x'|routes: entry 1: text is not a media type
routes = /a 200 text/plain ok|routes: entry 1: ok is neither
routes = /a 200 text/plain 'ok ; /b 204|routes: entry 1: 'ok ; /b 204 is neither
routes = /a 204 ; /a 204|routes: entry 2: /a has a route already
routes = /a 200 text/plain file:/b|routes: files need docroot
error_pages = 404=/404.html|error_pages: files need docroot
error_pages = 418=/a|error_pages: 418=/a is not STATUS=/NAME
error_pages = 404=/a 404=/b|error_pages: 404=/b: the status has
CASES
	refuses 'routes too long' '1: routes has 3901 bytes' <<END
routes = $(printf '%03901d' 0)
END
}
