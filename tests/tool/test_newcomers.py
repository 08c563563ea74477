# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What is written as other servers have it: the message has the line to write instead."""
from support import GOOD, Tool


class Newcomers(Tool):
    def test_statuses_of_an_error_page(self):
        for text in ("404 410 /404.html", "404,410 /404.html", "404, 410 /404.html"):
            self.refused(f"error_page = {text}\n", "1:14: error: a line can have one status and "
                         "one page; write error_page = 404 /404.html and error_page = 410 "
                         "/404.html, each on its own line")
        self.refused("error_page = 404=/404.html\n", "write error_page = 404 /404.html")
        self.refused("error_page = 404\n", "STATUS /NAME")

    def test_header(self):
        for text, meant in (("X-A b", "set X-A b"), ("X-A: b", "set X-A b"),
                            ("X-A b, c", 'set X-A "b, c"'), ("Set X-A b", "set NAME VALUE, or"),
                            ("X-A", "set NAME VALUE, or header = remove NAME")):
            self.refused(f"header = {text}\n", "1:10: error: ", "the first word must be set, add "
                         f"or remove; write header = {meant}")

    def test_rate(self):
        for text, meant in (("10", "10/s BURST"), ("10 20", "10/s 20"), ("10r/s 20", "10/s 20"),
                            ("600/h 20", "10/m 20"), ("30/h", "1/m BURST"), ("5/min 2", "5/m 2"),
                            ("10 / s 5", "10/s 5"), ("10/s burst=20 nodelay", "10/s 20"),
                            ("10/s", "10/s BURST"), ("fast", "NUMBER/s BURST, NUMBER/m BURST")):
            self.refused(f"rate = {text}\n", f"1:8: error: rate={text}: ", f"write rate = {meant}")
        self.refused("rate = 10/s 0\n", "1..100000")
        self.assertEqual(self.messages("rate = 10/s 20\n[site a]\nrate = off\n", GOOD), [])

    def test_hosts(self):
        for name, meant in (("http://x/", "[site x]"), ("https://x:1/y", "[site x]"),
                            ("x:8080", "[site x]"), ("x/", "[site x]"),
                            (".b.c", "[site b.c *.b.c]"), ("~^x", "NAME or *.NAME"),
                            ("caf\u00e9.example", "the name as it is in DNS, which starts")):
            self.refused(f"[site a {name}]\n", "1:9: error: a site is named by a host, without",
                         f"{name} is not a host; write {meant}")
        self.warned("[site _]\n", "1:7: warning: _ is not the name of a host; write [site *]")
        self.assertEqual(self.messages("[site a_b.example [::1] 192.0.2.1 *]\n", GOOD), [])

    def test_bytes(self):
        text = "# caf\xe9\nbody = caf\xe9\nindex = caf\xe9\n".encode("latin-1")
        lines = self.messages(text, GOOD)
        self.assertEqual([line for line in lines if "UTF-8" in line],
                         ["2:11: warning: this is not UTF-8; save the file as UTF-8, or run iconv "
                          "-f ISO-8859-1 -t UTF-8 on it"])
        self.assertEqual(self.messages("body = caf\u00e9 \u20ac \U0001f600\n", GOOD), [])
        for odd in (b"\xc0\x80", b"\xe2\x82", b"\xf8\x80\x80\x80", b"\x80"):
            self.warned(b"body = x" + odd + b"\n", "1:9: warning: this is not UTF-8")
