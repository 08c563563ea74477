# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154
# What `khttpdctl check' says of routes and error pages. Sourced by khttpdctl_test.sh.

test_routes()
{
	accepts 'routes of every form' <<'END'
docroot = /
routes = /healthz 200 text/plain 'ok ; it\'s up\n' ; /old 301 https://example.org/new ; /none 204 ; /r 503 text/html;charset=x file:/down.html retry=3600 ; /s 429 a/b '' retry=1 ; /t 205 ; /u 308 //[::1]:80/a%20b?c#d ; /v 499 a/b;c=d;e=f ''
charset = iso-8859-1
precompressed = gzip  br
error_pages = 404=/404.html 503=/50x.html
autoindex = on
END
	refuses_each <<'CASES'
routes = healthz 200 text/plain 'ok'|routes: entry 1: healthz is not a path
routes = /a 204 ; /b|routes: entry 2: has no status
routes = /a 204 ;|routes: entry 2: is empty
routes = /a 600 text/plain 'x'|routes: entry 1: status 600 is out of range
routes = /a 304|routes: entry 1: status 304 answers a condition
routes = /a 204 text/plain 'x'|routes: entry 1: after 204 comes nothing
routes = /a 302|routes: entry 1: after 302 comes an address
routes = /a 200 'x'|routes: entry 1: after 200 comes a type, and 'TEXT'
routes = /a 200 text 'x'|routes: entry 1: text is not a media type: TYPE/SUBTYPE
routes = /a 200 text/html;charset 'x'|routes: entry 1: text/html;charset is not a media type
routes = /a 200 text/html; 'x'|routes: entry 1: text/html; is not a media type
routes = /a 301 b|routes: entry 1: b is not an address
routes = /a 301 http://|routes: entry 1: http:// is not an address
routes = /a 301 http://user@x/|routes: entry 1: http://user@x/ is not an address
routes = /a 301 /b%zz|routes: entry 1: /b%zz is not an address
routes = /a 301 /b[1]|routes: entry 1: /b.1. is not an address
routes = /a 401 text/plain 'x'|routes: entry 1: status 401 wants a challenge
routes = /a 405 text/plain 'x'|routes: entry 1: status 405 wants the methods
routes = /a 407 text/plain 'x'|routes: entry 1: status 407 is for proxies
routes = /a 416 text/plain 'x'|routes: entry 1: status 416 answers a Range field
routes = /a 426 text/plain 'x'|routes: entry 1: status 426 wants a protocol
routes = /a 300 text/plain 'x'|routes: entry 1: status 300 is none that a route can give
routes = /a 205 text/plain 'x'|routes: entry 1: after 205 comes nothing
routes = /a 503 text/plain 'x' retry=0|routes: entry 1: retry=0 is not retry=SECONDS
routes = /a 503 text/plain 'x' later|routes: entry 1: later is not retry=SECONDS
routes = /a 404 text/plain 'x' retry=1|routes: entry 1: after 404 comes a type, and 'TEXT'
precompressed = zstd,gzip|precompressed: zstd,gzip is none of zstd, br and gzip
precompressed = gzip gzip|precompressed: gzip is none of zstd, br and gzip, once each
precompressed = gz|precompressed: gz is none
charset = utf 8|charset=utf 8 is not a word such as utf-8
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
