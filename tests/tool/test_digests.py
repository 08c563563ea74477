# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""digests: the list of the large files' digests."""
import hashlib
import os
import unittest

from machine import NO_PERMISSION, Machine
from support import GOOD, NO_INPUT, USAGE

ROOT = os.geteuid() == 0


class Digests(Machine):
    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o755)
        os.chmod(self.root, 0o755)
        os.chmod(self.root / "bin", 0o755)
        self.site = self.dir / "site"
        self.site.mkdir(mode=0o755)
        self.list = self.site / ".khttpd-digests"

    def large(self, name, size=70000):
        path = self.site / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\0" * size)
        os.utime(path, ns=(0, 1600000000000000001))
        return path

    def line(self, name):
        path = self.site / name
        about = path.stat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return (f"{name}\t{digest}\t{about.st_size}\t{about.st_mtime_ns}\t{about.st_ino}\t"
                f"{about.st_ctime_ns}\n")

    def test_list(self):
        for name in ("a/big", "b c", "b\\c", "a-x", "b\tc", "b\nc", "caf\u00e9"):
            self.large(name)
        self.large("a!/z", 65536)
        self.large("small", 65535)
        os.symlink("b c", self.site / "link")
        done = self.expect(GOOD, "digests", str(self.site))
        self.assertEqual((done.out, done.err),
                         (f"khttpdctl: wrote 6 digests to {self.list}\n", ""))
        names = ("a!/z", "a-x", "a/big", "b c", "b\\c", "caf\u00e9")
        self.assertEqual(self.list.read_text(encoding="utf-8"),
                         "".join(self.line(name) for name in names))
        self.assertEqual(self.list.stat().st_mode & 0o777, 0o644)
        again = self.list.read_text(encoding="utf-8")
        self.expect(GOOD, "digests", str(self.site), out="6 digests")
        self.assertEqual(self.list.read_text(encoding="utf-8"), again)

    def test_a_link_in_its_place(self):
        secret = self.dir / "secret"
        secret.write_text("secret")
        os.symlink(secret, str(self.list) + ".new")
        self.large("a")
        self.expect(GOOD, "digests", str(self.site), out="1 digests")
        self.assertEqual(secret.read_text(), "secret")
        self.assertFalse(self.list.is_symlink())

    def test_a_change_meanwhile(self):
        path = self.large("a")
        os.chmod(path, 0o666)
        self.stub("sha256sum", f"/usr/bin/sha256sum; echo more >> '{path}'")
        self.expect(GOOD, "digests", str(self.site), out="0 digests",
                    err="1 files changed or could not be read, and have no digest")
        self.assertEqual(self.list.read_text(), "")

    def test_nothing(self):
        self.expect(GOOD, "digests", str(self.site), out="0 digests")
        done = self.expect(GOOD, "-q", "digests", str(self.site))
        self.assertEqual((done.out, done.err), ("", ""))
        self.expect(NO_INPUT, "digests", str(self.dir / "none"), err="cannot enter the directory")
        for args in ([str(self.site), "more"], ["--nonsense"]):
            self.expect(USAGE, "digests", *args, err=args[-1])

    def test_document_root(self):
        self.large("a")
        self.write(f"docroot = {self.site}\n")
        self.expect(GOOD, "digests", out=f"wrote 1 digests to {self.list}")
        self.write("docroot =\n")
        self.expect(NO_INPUT, "digests", err="has no document root")
        self.write("prot = 1\n")
        self.expect(78, "digests", err="unknown setting")

    @unittest.skipUnless(ROOT, "reads and writes as others only as root")
    def test_others(self):
        os.chmod(self.large("mine"), 0o600)
        self.large("a")
        self.expect(GOOD, "digests", str(self.site), out="1 digests",
                    err="1 files changed or could not be read, and have no digest")
        os.chmod(self.site, 0o775)
        self.expect(NO_PERMISSION, "digests", str(self.site), err=f"chmod go-w {self.site}")
        os.chown(self.site, 4711, 4712)
        os.unlink(self.list)
        self.expect(GOOD, "digests", str(self.site))
        about = self.list.stat()
        self.assertEqual((about.st_uid, about.st_gid, about.st_mode & 0o777), (4711, 4712, 0o644))

    @unittest.skipUnless(ROOT, "writes as others only as root")
    def test_a_directory_that_cannot_be_written(self):
        os.chown(self.site, 4711, 4712)
        os.chmod(self.site, 0o555)
        self.expect(71, "digests", str(self.site),
                    err=f"cannot write {self.list}: Permission denied")
