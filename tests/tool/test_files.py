# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What check says of the files that a configuration names."""
import os

from support import GOOD, Tool


class Files(Tool):
    def setUp(self):
        super().setUp()
        self.root = self.dir / "www"
        self.root.mkdir()
        os.chmod(self.dir, 0o755)
        os.chmod(self.root, 0o755)
        self.page("index.html")
        self.text = f"docroot = {self.root}\n"

    def page(self, name, mode=0o644):
        self.write("x", "www/" + name)
        os.chmod(self.root / name, mode)

    def test_good(self):
        self.page("404.html")
        self.assertEqual(self.messages(self.text + "error_pages = 404=/404.html\n"
                                       "error_page = 403 /404.html\n", GOOD), [])

    def test_no_root(self):
        self.warned("docroot = /nowhere/at/all\n",
                    "1:11: warning: docroot=/nowhere/at/all does not exist", "create it")
        self.warned(f"docroot = {self.root}/index.html\n", "is not a directory")
        self.warned("[site a]\n[location /x/]\ndocroot = /nowhere\n", "3:11: warning: ")

    def test_root_that_nobody_can_read(self):
        os.chmod(self.root, 0o750)
        self.warned(self.text, "1:11: warning: ", "the user nobody", f"chmod o+rx {self.root}")

    def test_root_that_nobody_can_reach(self):
        os.chmod(self.dir, 0o700)
        self.warned(self.text, "may not enter", f"chmod o+x {self.dir}")

    def test_root_behind_a_link(self):
        os.symlink(self.root, self.dir / "link")
        self.assertEqual(self.messages(f"docroot = {self.dir}/link\n", GOOD), [])
        os.chmod(self.root, 0o750)
        self.warned(f"docroot = {self.dir}/link\n", f"chmod o+rx {self.root}")

    def test_no_index(self):
        self.warned(self.text + "index = a.html b.html\n",
                    "2:9: warning: index: no a.html, b.html in", "autoindex = on")
        self.assertEqual(self.messages(self.text + "index = a.html index.html\n", GOOD), [])
        self.assertEqual(self.messages(self.text + "index = a.html\nautoindex = on\n", GOOD), [])
        self.assertEqual(self.messages(self.text + "index = a.html\ntry = $path /x\n", GOOD), [])
        self.warned(self.text + "[site b]\nindex = a.html\n", "3:9: warning: index: no a.html")
        self.page("index.html", 0o600)
        self.warned(self.text, "1:11: warning: index: files are opened as the user nobody",
                    "chmod o+r ")
        os.remove(self.root / "index.html")
        self.warned(self.text, "1:11: warning: index: no index.html in")

    def test_places(self):
        """As at the top: what a site or location says is looked at, with the settings around it."""
        (self.root / "x").mkdir()
        os.chmod(self.root / "x", 0o755)
        for where in ("[location /x/]\n", "[site a]\n[location /x/]\n"):
            at = where.count("\n") + 2
            self.warned(self.text + where + "index = a.html\n",
                        f"{at}:9: warning: index: no a.html in {self.root}/x;")
            self.warned(self.text + where + "error_page = 404 /none.html\n",
                        f"{at}:18: warning: error page /none.html: no such file in {self.root}")
            self.warned(self.text + where + "docroot = /nowhere\n", f"{at}:11: warning: docroot=")
            self.page("x/a.html")
            self.assertEqual(self.messages(self.text + where + "index = a.html\n", GOOD), [])
            os.remove(self.root / "x/a.html")
        for where in ("[location = /y]\n", "[location *.php]\n",
                      "[location /z/]\nreply = 404 text/plain x\n",
                      "[site b]\nautoindex = on\n[location /x/]\n"):
            self.assertEqual(self.messages(self.text + where + "index = b.html\n", GOOD), [], where)

    def test_no_error_page(self):
        self.warned(self.text + "error_page = 404 /none.html\n", "2:18: warning: error page "
                    "/none.html: no such file")
        self.page("404.html", 0o600)
        self.warned(self.text + "error_page = 404 /404.html\n", "chmod o+r ")
        self.warned(self.text + "error_pages = 404=/404.html\n", "2:15: warning: error page "
                    "/404.html: ", "chmod o+r ")
        self.page("a b")
        self.assertEqual(self.messages(self.text + "error_pages = 404=/a%20b\n", GOOD), [])
