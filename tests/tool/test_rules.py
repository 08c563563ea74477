# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The rules of the module's own builder, told with the file, line and column of what is wrong."""
import re
from pathlib import Path

from support import BAD, GOOD, Tool

TOP = Path(__file__).resolve().parent.parent.parent
EXAMPLES = TOP / "docs/configuration.md"


class Rules(Tool):
    def test_place_of_a_word(self):
        self.refused("port = 80\nheader = set  A:  b\n", "2:15: error: ")
        self.refused('# one\n[location /a/]\nreply = 200   texthtml "x"\n', "3:15: error: ")
        self.refused("reply = /a 999 text/plain x\n", "1:12: error: ")

    def test_files(self):
        for name in ("../x", ".env", "a/../b", "/a", "a//b"):
            self.refused(f"index = a.html {name}\n", "1:16: error: ", name)
        self.refused("error_page = 404 /.env\n", "1:18: error: ")
        self.refused("error_page = 418 /a.html\n", "1:18: error: ")
        self.refused("error_pages = 404=/../x\n", "1:15: error: ")
        self.refused("docroot = www\n", "1:11: error: docroot=www does not begin with /")

    def test_addresses_to_listen_on(self):
        for address in ("localhost", "1.2.3", "127.0.0.1:80", "[::1]", "::1::2", "10.0.0.0/8",
                        "all", "127.0.0.1 ::1"):
            self.refused(f"bind = {address}\n", "1:8: error: bind: ", "is neither an IPv4 or IPv6")
        self.refused("bind = 127.0.0.1,\n", "bind: (empty) is neither")
        self.refused("bind = ::1, fe80::1\n", "error: bind: fe80::1 is a link-local address")
        self.refused("bind = ::ffff:127.0.0.1\n", "write the IPv4 address")
        self.refused("bind = ::ffff:127.0.0.1%eth0\n", "write the IPv4 address")
        self.refused(f"bind = {'::1,' * 16}::1\n", "bind: more than 16 addresses")
        many = ", ".join(["::1"] * 16)
        self.accepted(f"bind = {many}\n", f'bind = "{many}"\n')

    def test_devices_to_listen_on(self):
        for address in ("*%eth0", "0.0.0.0%eth0", "::%vrf-blue", "fe80::1%eth0.100", "10.0.0.1%e",
                        "::1%interface-of-15", "192.0.2.1%..x", "192.0.2.1%a%b"):
            self.accepted(f"bind = {address}\n", f"bind = {address}\n")
        for name in ("", "sixteen-letters-", "a/b", "a:b", ".", "..", "a b"):
            self.refused(f"bind = 10.0.0.1, *%{name}\n", "error: bind: *%",
                         "does not name a network device after %")
        self.refused("bind = ::1, %eth0\n", "bind: %eth0 is neither an IPv4 or IPv6")
        self.refused("bind = all%eth0\n", "bind: all%eth0 is neither an IPv4 or IPv6")
        self.refused("bind = [fe80::1%eth0]\n", "bind: [fe80::1%eth0] is neither")
        self.refused("bind = ::1, fe80::1\n", "as in fe80::1%eth0")
        self.accepted("bind = *%eth0\nbind = *%eth1\n", 'bind = "*%eth0, *%eth1"\n')

    def test_addresses_of_redirects(self):
        for address in ("http://", "/%zz", "evil", "http://user@x/"):
            self.refused(f"redirect = /a {address}\n", "1:15: error: ")
        self.accepted("redirect = /a https://b.example/c?d#e\n",
                      "redirect = /a https://b.example/c?d#e 301\n")

    def test_media_types(self):
        for media in ("text", "text/", "/html", "text/html;", "text/html;charset", "a b"):
            self.refused(f'reply = /a 200 "{media}" x\n', "1:16: error: ")

    def test_rules_between_settings(self):
        self.refused("max_header_size = 1024\nport = 80\n[site a]\n",
                     "1:19: error: max_target_size=8192 is larger than max_header_size=1024")
        self.refused("docroot =\nerror_pages = 404=/a\n", "2:", "files need docroot")

    def test_the_other_line_is_a_real_one(self):
        self.write("# one\n# two\n[site a]\n\nredirect = /a /b\n")
        part = self.write("\n[site c]\nredirect = /b /c\nredirect = /b /d\n",
                          "khttpd.conf.d/c.conf")
        done = self.run_tool("check")
        self.assertEqual(done.status, BAD, done)
        self.assertRegex(done.err, rf"^{part}:4:\d+: error: .* in {part}:3\n$")

    def test_examples_of_the_documents(self):
        found = re.findall(r"^```places\n(.*?)^```", EXAMPLES.read_text(encoding="utf-8"),
                           flags=re.S | re.M)
        self.assertTrue(found)
        for text in found:
            self.assertEqual(self.canonical(text), text)

    def test_every_setting_of_the_builder_is_known(self):
        text = "".join(path.read_text(encoding="utf-8") for path in TOP.glob("src/config/*.cc"))
        names = set(re.findall(r'(?:\{|name == )"([a-z_]+)"_b', text))
        self.assertLessEqual({"header", "redirect", "reply", "try"}, names)
        for name in names:
            self.write(f"{name} = 1\n")
            self.assertNotIn("unknown setting", self.run_tool("check").err, name)

    def test_all_are_told(self):
        lines = self.messages("charset = a b\nindex = .a\nredirect = /a b\n", BAD)
        self.assertEqual([line.split(":")[0] for line in lines], ["1", "2"])

    def test_what_was_not_understood_is_not_judged(self):
        self.refused("docrot = /srv\nerror_pages = 404=/a\ndocroot =\n", "1:1: error: unknown")

    def test_bounds(self):
        text = "".join(f"[site a{number}]\n" for number in range(4095))
        self.assertEqual(self.messages(text, GOOD), [])
        self.refused(text + "[site b]\n", "1:1: error: there are more than 4096 sites")

    def test_many_redirects(self):
        text = "".join(f"redirect = /old/{number} /new/{number}\n" for number in range(50000))
        self.write(text)
        done = self.run_tool("check", "-q")
        self.assertEqual((done.status, done.err), (GOOD, ""))
