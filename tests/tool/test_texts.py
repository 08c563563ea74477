# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Texts of earlier versions, which are the rest of the line, and the words of newer settings."""
from support import Tool


class OldTexts(Tool):
    def test_rest_of_the_line(self):
        self.accepted("cache_control = public, max-age=60\n",
                      'cache_control = "public, max-age=60"\n')
        self.accepted("body = a\n", "body = a\n")
        self.accepted("charset =\n", 'charset = ""\n')
        self.accepted('charset = ""\n', 'charset = ""\n')

    def test_quotes_around_are_taken_off(self):
        self.accepted('cache_control = "no-cache"\n', "cache_control = no-cache\n")
        self.accepted('body = " a "\n', 'body = " a "\n')
        self.accepted('cache_control = "no-cache" # all\n', "cache_control = no-cache\n")

    def test_no_escapes(self):
        self.accepted("body = a\\nb\\\\c\n", 'body = "a\\\\nb\\\\\\\\c"\n')
        self.accepted('body = "a\\nb"\n', 'body = "a\\\\nb"\n')

    def test_quotes_inside_are_kept(self):
        self.accepted('body = a "b" c\n', 'body = "a \\"b\\" c"\n')
        self.accepted('body = {"ok":true}\n', 'body = "{\\"ok\\":true}"\n')

    def test_wrong_quotes(self):
        self.refused('docroot = "/srv/www\n', "1:11: error:", "not closed")
        self.refused('body = "a" b\n', "1:12: error:", "second double quote")
        self.refused('body = "a"b"\n', "1:11: error:")

    def test_comment_is_part_of_it(self):
        self.warned("body = a # is part\n", "1:10: warning: # is part of the text of body",
                    "in double quotes")
        self.assertEqual(self.canonical("body = a # is part\n"), 'body = "a # is part"\n')
        self.refused("charset = # none\n", "1:11: warning: # is part of the text of charset",
                     "1:11: error: charset=# none is not a word")
        self.accepted('body = "a # is part"\n', 'body = "a # is part"\n')
        self.accepted("body = a#b\n", "body = a#b\n")

    def test_single_quotes_are_part_of_it(self):
        self.warned("body = 'a'\n", "1:8: warning: the single quotes are part")
        self.refused("docroot = '/'\n", "1:11: warning: the single quotes are part",
                     "does not begin with /")

    def test_control_characters(self):
        self.refused("body = a\x01b\n", "1:9: error: control character \\x01")
        self.refused("body = a\tb\n", "1:9: error: a tab")
        self.refused("body = a\rb\n", "lines end with a newline")

    def test_columns_count_characters(self):
        self.refused("docroot = /é\x01\n", "1:13: error:")

    def test_other_bytes(self):
        self.accepted("body = a\n# caf\xe9\n".encode("latin-1"), "body = a\n")

    def test_addresses(self):
        self.accepted("bind = 127.0.0.1, ::1\n", 'bind = "127.0.0.1, ::1"\n')
        self.accepted("bind = 127.0.0.1\nbind = ::1\n", 'bind = "127.0.0.1, ::1"\n')

    def test_codings(self):
        self.accepted("precompressed = br gzip\n", 'precompressed = "br gzip"\n')
        self.accepted("precompressed = off\n", 'precompressed = ""\n')
        self.accepted("precompressed = on\n", 'precompressed = "zstd br gzip"\n')
        self.refused("precompressed = zstd, br\n", "1:21: error:", "write precompressed = zstd br")
        self.refused('precompressed = "zstd,br"\n', "1:22: error:", "write precompressed = zstd br")

    def test_routes(self):
        self.accepted("routes = /a 204 ; /b 204\n", 'routes = "/a 204 ; /b 204"\n')
        self.accepted("routes = /a 301 /x; ; /b 204\n", 'routes = "/a 301 /x; ; /b 204"\n')
        self.accepted("routes = /a 200 text/plain 'a; /b 204; # c'\n",
                      "routes = \"/a 200 text/plain 'a; /b 204; # c'\"\n")
        self.refused("routes = /a 204; /b 204\n", "1:16: error: no space before the semicolon",
                     "write 204 ;")
        self.refused('routes = "/a 204;"\n', "1:17: error:", "write 204 ;")
        self.refused("routes = /a 200 a/b 'x';\n", "1:24: error: no space", "write 'x' ;")
        self.refused("routes = /a 301 /x; /b 204\n", "1:19: error:", "write /x ;")
        self.refused("routes = /a 200 a/b 'x'; /b 204\n", "1:24: error:", "write 'x' ;")


class Words(Tool):
    def test_words(self):
        self.accepted("index = index.html   index.htm # two\n", "index = index.html index.htm\n")
        self.accepted('index = "my page.html" a.html\n', 'index = "my page.html" a.html\n')
        self.accepted("index = a.html\nindex = b.html\n", "index = a.html b.html\n")
        text = "try = $path $path.html /index.html\n"
        self.accepted(text, text)

    def test_of_places(self):
        self.accepted("methods = GET HEAD\nserver_field = off # hide\ntype = .md text/markdown\n"
                      "default_type = text/plain\n[site a]\naccess_log = on\n",
                      "methods = GET HEAD\nserver_field = 0\ntype = .md text/markdown\n"
                      "default_type = text/plain\n[site a]\naccess_log = 1\n")
        self.refused("methods = GET, HEAD\n", "1:11: error:", "separated by spaces")
        self.refused("allow = 10.0.0.0/8, ::1\n", "1:9: error:", "separated by spaces")

    def test_of_proxies(self):
        text = "proxy_protocol = 192.0.2.1 2001:db8::/32\nproxy_protocol = 10.0.0.0/8\n"
        self.accepted(text, text)
        self.refused("proxy_protocol = 10.0.0.0/8, ::1\n", "1:18: error:", "separated by spaces")
        self.refused("proxy_protocol = 10.0.0.1/8\n", "1:18: error:", "with all other bits zero")
        self.refused("[site a]\nproxy_protocol = ::1\n", "2:1: error:")
        text = "forwarded = 192.0.2.1\nforwarded = x-forwarded-for 10.0.0.0/8\n"
        self.accepted(text, text)
        self.refused("forwarded = forwarded\n", "1:13: error:", "names no network")
        self.refused("forwarded = ::1\nforwarded = forwarded ::2\n", "2:", "two fields")
        self.refused("forwarded = X-Real-IP ::1\n", "1:13: error:", "with all other bits zero")
        self.refused("deny = 10.0.0.1/8\n", "1:8: error: deny: 10.0.0.1/8 is not an address")

    def test_quotes(self):
        self.accepted(r'reply = /h 200 application/json "{\"ok\":true}\n" # up' + "\n",
                      r'reply = /h 200 application/json "{\"ok\":true}\n"' + "\n")
        self.accepted(r'header = set X "a\\b\tc"' + "\n", r'header = set X "a\\b\tc"' + "\n")
        self.accepted('header = set "X" "y"\n', "header = set X y\n")
        self.accepted('header = set X "#a"\n', 'header = set X "#a"\n')
        self.accepted('reply = /h 200 text/plain ""\n', 'reply = /h 200 text/plain ""\n')
        self.accepted("header = set X a#b\n", "header = set X a#b\n")
        self.accepted("header = set X \"default-src 'self'\"\n",
                      "header = set X \"default-src 'self'\"\n")

    def test_wrong_quotes(self):
        self.refused('header = set X "a b\n', "1:16: error:", "not closed")
        self.refused('header = set X "a"b\n', "1:19: error:", "directly follows")
        self.refused('header = set X "a\\qb"\n', "1:18: error:", "is not an escape")
        self.refused('header = set X "a\\\n', "1:18: error:", "is not an escape")
        self.refused('header = set X a"b\n', "1:17: error: a double quote within", '"a\\"b"')
        self.refused("reply = /h 200 a/b {\"a\":1}\n", "1:21: error:", '"{\\"a\\":1}"')
        self.refused("header = set X a\\b\n", "a backslash within a word", '"a\\\\b"')
        self.refused("reply = /h 200 text/plain 'ok'\n", "1:27: error:", "double quotes")

    def test_commas(self):
        self.refused("index = a.html, b.html\n", "1:9: error: a.html, contains a comma",
                     "separated by spaces")
        self.warned("index = a,b.html\n", "1:9: warning:", "double quotes")
        self.accepted('index = "a,b.html" "c,"\n', "index = a,b.html c,\n")

    def test_semicolon_at_the_end(self):
        self.refused("index = a.html;\n", "1:9: error:", "write a.html")
        self.accepted('redirect = /a "/b;"\n', "redirect = /a /b; 301\n")

    def test_header_of_several_words(self):
        self.refused("header = set Cache-Control public, max-age=60\n", "1:28: error:",
                     'write "public, max-age=60"')

    def test_no_value(self):
        self.refused("header =\n", "header has no value; write header = set|add NAME VALUE")
        self.refused("index = # none\n", "index has no value; write index = NAME...")

    def test_repeated(self):
        text = "header = set A b\nheader = remove C\nerror_page = 404 /a\nerror_page = 403 /b\n"
        self.accepted(text, text)

    def test_redirects_have_a_status(self):
        self.accepted("redirect = /a /b\n", "redirect = /a /b 301\n")
        self.accepted("redirect = /a /b 302\n", "redirect = /a /b 302\n")
        self.accepted("redirect = /a /b query\n", "redirect = /a /b 301 query\n")
        self.accepted("redirect = /a /b 308 query\n", "redirect = /a /b 308 query\n")
        for text, canonical in (("/b", "/b 301"), ("/b query", "/b 301 query"),
                                ("/b 302", "/b 302")):
            self.accepted(f"[location = /a]\nredirect = {text}\n",
                          f"[location = /a]\nredirect = {canonical}\n")
