# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Lines, names, sections, and the bytes of files."""
from support import BAD, GOOD, Tool


class Lines(Tool):
    def test_no_lines(self):
        self.accepted("", "")
        self.accepted("\n\n# a\n\t # b\n \t\n\r\n", "")

    def test_without_a_last_newline(self):
        self.accepted("port = 80", "port = 80\n")

    def test_byte_order_mark(self):
        self.accepted("\ufeffport = 80\n", "port = 80\n")
        self.refused("\ufeffprot = 80\n", "1:1: error: unknown setting `prot'")

    def test_crlf(self):
        self.accepted("port = 80\r\nbody = a b\r\nheader = set A b\r\n[site a]\r\n",
                      'port = 80\nbody = "a b"\nheader = set A b\n[site a]\n')

    def test_utf16(self):
        for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
            self.refused("port = 80\n".encode(encoding), "1:1: error: this is UTF-16", "iconv")

    def test_no_text(self):
        self.refused(b"port = 80\nbody = \0\n", "2:1: error: a zero byte")
        self.refused(b"\x7fELF\0\0\0", "1:1: error: a zero byte")

    def test_removed_parameter(self):
        self.warned("relaxed_targets = 1\n",
                    "1:1: warning: relaxed_targets is no longer a setting")
        self.assertEqual(self.canonical("relaxed_targets = 1\nport = 80\n"), "port = 80\n")

    def test_set_twice(self):
        self.refused("port = 80\nport = 81\n", "2:1: error: port is set twice, first in line 1")
        self.refused("try = a\ntry = b\n", "2:1: error: try is set twice")
        text = "charset = a\n[site b]\ncharset = c\n"
        self.accepted(text, text)

    def test_all_mistakes_are_told(self):
        lines = self.messages("prot = 1\nport = 0\n[sit a]\nindex = a, b\n", BAD)
        self.assertEqual([line.split(":")[0] for line in lines], ["1", "2", "3", "4"])


class Names(Tool):
    def test_misspelt(self):
        self.refused("# one\n\nprot = 80\n",
                     "3:1: error: unknown setting `prot'; did you mean port?")
        self.refused("  Port = 80\n", "1:3: error:", "did you mean port?")
        self.refused("max requests = 8\n", "did you mean max_requests?")
        self.assertEqual(self.messages("xyzzy = 8\n", BAD), ["1:1: error: unknown setting `xyzzy'"])
        self.refused("headr = set A b\n", "did you mean header?")

    def test_of_other_servers(self):
        self.refused("root = /srv\n", "write docroot = DIRECTORY")
        self.refused("server_name = a\n", "write [site NAME...]")
        self.refused("include = /etc/x\n", "/etc/khttpd.conf.d/*.conf")
        self.refused("apply = 1\n", "khttpdctl reload")

    def test_no_setting_at_all(self):
        self.refused("port 80\n", "1:1: error: expected `name = value'", "write port = 80")
        self.refused("listen 80;\n", "write port = NUMBER")
        self.refused("port: 80\n", "write port = 80")
        self.refused("port : 80\n", "write port = 80")
        self.refused("= 80\n", "1:1: error: no name before `='")
        self.refused("location /x/ {\n", "[location PATTERN]")
        self.refused("}\n", "sections have no braces")
        self.refused("x\n", "expected `name = value', found `x'")

    def test_terminals_are_not_obeyed(self):
        self.refused("\x1b[31mport = 80\n", "unknown setting `\\x1b[31mport'")


class Sections(Tool):
    ALL = ("port = 8080\n[location /top/]\nautoindex = 1\n[site www.example.org *.example.org]\n"
           "header = set A b\n[location /assets/]\ncache_control = no-cache\n"
           "[location = /health]\nreply = 200 text/plain ok\n[location *.woff2]\ncharset = \"\"\n"
           "[site b]\n[location /x/]\n")

    def test_all(self):
        self.accepted(self.ALL, self.ALL)

    def test_order(self):
        """The top's come first, and a site's settings before its locations."""
        self.accepted("[site a]\n[location /x/]\n[site b]\nindex = i\n",
                      "[site a]\n[location /x/]\n[site b]\nindex = i\n")

    def test_spelling(self):
        self.accepted("\t[ site  a\tb ] # hosts\n", "[site a b]\n")
        self.accepted('[site "a" [::1]]\n', '[site a "[::1]"]\n')
        self.accepted('[location "/a b/"]\n', '[location "/a b/"]\n')
        for blanks in ("", " ", "\t", "    ", "\t  \t"):
            self.accepted(f"{blanks}[site ab.org b.org]{blanks}\n", "[site ab.org b.org]\n")
            self.accepted(f"{blanks}[location /a/]{blanks} # c\n", "[location /a/]\n")

    def test_wrong_headers(self):
        self.refused("[site a\n", "1:1: error: the section is not closed; write ] at its end")
        self.refused("[site a] port = 80\n", "1:10: error: only a comment")
        self.refused("[]\n", "write [site NAME...] or [location PATTERN]")
        self.refused("[site]\n", "a site needs a name", "[site *]")
        self.refused("[sites a]\n", "1:2: error: unknown section `sites'; did you mean site?")
        self.refused("[server a]\n", "write [site NAME...]")
        self.refused("[global]\n", "before the first section")
        self.refused("[x]\n", "there are [site NAME...] and [location PATTERN]")
        self.refused("[site a, b]\n", "1:7: error: a, contains a comma")
        self.refused('[site "a]\n', "not closed")

    def test_patterns(self):
        self.refused("[location]\n", "a location needs a pattern", "/PREFIX/")
        self.refused("[location /a]\n", "1:11: error: /a does not end with a slash", "write /a/",
                     "= /a ")
        self.refused("[location =/a]\n", "write = /a")
        self.refused("[location /a/*]\n", "1:11: error: /a/* needs no star; write /a/ for every")
        self.refused("allow = ::1/128,192.0.2.1\n", "1:9: error: ", "write spaces instead")
        self.refused("try_files $uri =404;\n", "unknown setting", "write try = CANDIDATE...")
        self.refused("ssl_certificate = /x\n", "khttpd has no TLS")
        self.refused("auth_basic = x\n", "khttpd does not check passwords")
        self.refused("[location = a]\n", "write = /EXACT/PATH")
        self.refused("[location =]\n", "write = /EXACT/PATH")
        self.refused("[location ~ \\.php$]\n", "a backslash within")
        self.refused("[location ~ x]\n", "there are no regular expressions")
        self.refused("[location assets/]\n", "assets/ is not a location pattern")
        self.refused("[location /a/ /b/]\n", "one pattern")
        self.refused("[location *.]\n", "is not a location pattern")

    def test_what_a_section_can_have(self):
        self.refused("[site a]\nport = 80\n", "2:1: error: port cannot be set in a site",
                     "before the first section")
        self.refused("[location /a/]\nport = 80\n", "2:1: error: port cannot be set in a location")
        self.refused("[location /a/]\nroutes = /a 204\n", "2:1: error: routes cannot be set in a "
                     "location", "in the site or at the top")
        self.accepted("[site a]\nroutes = \"\"\n", '[site a]\nroutes = ""\n')

    def test_settings_of_a_wrong_section_are_not_told_twice(self):
        self.refused("charset = a\n[location /a]\ncharset = b\n", "2:11: error:")

    def test_counted(self):
        self.write(self.ALL)
        done = self.run_tool("check")
        self.assertEqual(done.status, GOOD, done)
        self.assertIn("2 sites, 5 locations", done.out)
