# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# What `khttpdctl check' says of routes and error pages. Sourced by khttpdctl_test.sh.

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
error_pages = 418=/a|error_pages: 418=/a is not STATUS=/NAME
error_pages = 404=/a 404=/b|error_pages: 404=/b: the status has
CASES
	refuses 'routes with files without a document root' '2: routes: files need docroot' <<END
docroot =
routes = /a 200 text/plain file:/b
END
	refuses 'error pages without a document root' '2: error_pages: files need docroot' <<END
docroot =
error_pages = 404=/404.html
END
	refuses 'routes too long' '1: routes has 3901 bytes' <<END
routes = $(printf '%03901d' 0)
END
}
