# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Files that version 0.1.0 took, with the values that its reader (config.awk) made of them: what a
khttpd.conf meant then it means now. They are those of that version's tests, manual pages and
installed file, and some that its rules for quotes, blanks and # tell apart. Addresses are left out
that its check took and that nothing could listen on (fe80::1, ::ffff:192.0.2.1)."""
from pathlib import Path

from support import GOOD, Tool

SHIPPED = Path(__file__).resolve().parent.parent.parent / "etc/khttpd.conf"

# Texts of files, and values by name.
OLD = [
    ("",
     {}),
    ("inline = Yes\n",
     {"inline": "1"}),
    ("port = 65535\n"
     "keepalive_timeout = 0\n",
     {"port": "65535",
      "keepalive_timeout": "0"}),
    ("bind = *,127.0.0.1, ::1, 2001:db8::10\n",
     {"bind": "*,127.0.0.1, ::1, 2001:db8::10"}),
    ("# a comment\n"
     "\n"
     "\t  # another\n"
     " port=80\n"
     "body = a # is part of the value\n"
     "max_requests\t=\t4294967295\r\n",
     {"port": "80",
      "body": "a # is part of the value",
      "max_requests": "4294967295"}),
    ("bind = 127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4,127.0.0.5,127.0.0.6,127"
     ".0.0.7,127.0.0.8,127.0.0.9,127.0.0.10,127.0.0.11,127.0.0.12,127.0.0.13"
     ",127.0.0.14,127.0.0.15,::1\n",
     {"bind": "127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4,127.0.0.5,127.0.0.6,127.0.0.7,"
               "127.0.0.8,127.0.0.9,127.0.0.10,127.0.0.11,127.0.0.12,127.0.0.13,127.0."
               "0.14,127.0.0.15,::1"}),
    ("docroot = /\n"
     "routes = /healthz 200 text/plain 'ok ; it\\'s up\\n' ; /old 301 https://"
     "example.org/new ; /none 204 ; /r 503 text/html;charset=x file:/down.ht"
     "ml retry=3600 ; /s 429 a/b '' retry=1 ; /t 205 ; /u 308 //[::1]:80/a%2"
     "0b?c#d ; /v 499 a/b;c=d;e=f ''\n"
     "charset = iso-8859-1\n"
     "precompressed = gzip  br\n"
     "error_pages = 404=/404.html 503=/50x.html\n"
     "autoindex = on\n",
     {"docroot": "/",
      "routes": "/healthz 200 text/plain 'ok ; it\\'s up\\n' ; /old 301 https://example.o"
                 "rg/new ; /none 204 ; /r 503 text/html;charset=x file:/down.html retry="
                 "3600 ; /s 429 a/b '' retry=1 ; /t 205 ; /u 308 //[::1]:80/a%20b?c#d ; "
                 "/v 499 a/b;c=d;e=f ''",
      "error_pages": "404=/404.html 503=/50x.html",
      "autoindex": "1",
      "precompressed": "gzip  br",
      "charset": "iso-8859-1"}),
    ("relaxed_targets = 1\n"
     "port = 80\n",
     {"port": "80"}),
    ("inline = off\n",
     {"inline": "0"}),
    ("routes = /healthz 200 text/plain 'ok\\n' ; /old 301 https://example.org"
     "/new\n",
     {"routes": "/healthz 200 text/plain 'ok\\n' ; /old 301 https://example.org/new"}),
    ("error_pages = 404=/404.html 503=/50x.html\n",
     {"error_pages": "404=/404.html 503=/50x.html"}),
    ("port = 80\n"
     "bind = 192.0.2.10, 2001:db8::10\n"
     "docroot = /srv/www\n"
     "cache_control = max-age=3600\n",
     {"bind": "192.0.2.10, 2001:db8::10",
      "port": "80",
      "docroot": "/srv/www",
      "cache_control": "max-age=3600"}),
    ("docroot = /srv/www\n"
     "routes = /healthz 200 text/plain 'ok\\n' ; /old 301 /new/\n"
     "error_pages = 404=/errors/404.html\n"
     "autoindex = on\n",
     {"docroot": "/srv/www",
      "routes": "/healthz 200 text/plain 'ok\\n' ; /old 301 /new/",
      "error_pages": "404=/errors/404.html",
      "autoindex": "1"}),
    ("docroot = /srv/www\n"
     "routes = /shop/ 503 text/html file:/closed.html retry=3600\n",
     {"docroot": "/srv/www",
      "routes": "/shop/ 503 text/html file:/closed.html retry=3600"}),
    ("body = \" blanks kept \"\n"
     "charset = \"\"\n",
     {"body": " blanks kept ",
      "charset": ""}),
    ("inline = \"off\"\n"
     "port = \"0080\"\n",
     {"port": "0080",
      "inline": "0"}),
    ("body = it's # here\n",
     {"body": "it's # here"}),
    ("body = '#1'\n"
     "cache_control = \"a\" \n",
     {"body": "'#1'",
      "cache_control": "a"}),
    ("body=a=b\n",
     {"body": "a=b"}),
    ("autoindex = TRUE\n"
     "access_log = Y\n"
     "inline=n\n",
     {"autoindex": "1",
      "inline": "0",
      "access_log": "1"}),
]


class OldFiles(Tool):
    def check(self, text, values):
        settings = self.settings(text)
        for name, value in values.items():
            now = settings[name]
            if isinstance(now, (bool, int)):
                value = int(value)
            elif name == "index":
                now = " ".join(now)
            self.assertEqual(now, value, f"{name} of {text!r}")

    def test_mean_the_same(self):
        for text, values in OLD:
            with self.subTest(text=text):
                self.check(text, values)

    def test_nothing_else_is_set(self):
        for text, values in OLD:
            names = [line.split(" ")[0] for line in self.canonical(text).splitlines()]
            self.assertEqual(sorted(names), sorted(values), text)

    def test_shipped_file(self):
        """As it is, and with all that is commented out in it, which are the defaults."""
        text = SHIPPED.read_text(encoding="utf-8").partition("# ---- Examples")[0]
        defaults = self.settings("")
        self.assertEqual(self.settings(text), defaults)
        lines = [line[1:] if line[:1] == "#" and line[1:2].isalpha() else line
                 for line in text.splitlines()]
        self.write("\n".join(lines) + "\n")
        self.assertEqual(self.run_tool("check").status, GOOD)
        self.assertEqual(self.settings("\n".join(lines) + "\n"), defaults)
        self.assertGreater(len(self.canonical("\n".join(lines) + "\n").splitlines()), 30)

    def test_shipped_examples(self):
        """All of them together are a configuration."""
        text = SHIPPED.read_text(encoding="utf-8").partition("# ---- Examples")[2]
        lines = [line[1:] for line in text.splitlines()
                 if line[:1] == "#" and line[1:2] not in (" ", "")]
        self.assertGreater(len(lines), 10)
        self.write("\n".join(lines) + "\n")
        self.assertEqual(self.run_tool("check").status, GOOD)
        canonical = self.canonical("\n".join(lines) + "\n")
        for name in ("header", "error_page", "reply", "redirect", "cache_control", "try"):
            self.assertIn(f"{name} = ", canonical)
