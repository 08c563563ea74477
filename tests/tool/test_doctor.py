# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""doctor: each fault of a machine is found by itself, with the command that cures it."""
import os
import platform

from machine import RELEASE, Machine
from support import GOOD, USAGE

MOD_KEY = "/var/lib/dkms/mok.pub"


class Doctor(Machine):
    def setUp(self):
        super().setUp()
        self.sound()

    def sound(self, release=RELEASE):
        """Headers, compiler, module, site and a free port; Debian, no Secure Boot."""
        self.headers = f"lib/modules/{release}/build"
        self.put("proc/sys/kernel/osrelease", release + "\n")
        self.put(self.headers + "/Makefile", "")
        self.put(self.headers + "/include/config/auto.conf",
                 "CONFIG_X=y\nCONFIG_GCC_VERSION=120200\n")
        self.put("etc/os-release", 'NAME="Debian"\nID=debian\n')
        self.put("vermagic", f"{release} SMP mod_unload\n")
        self.stub("g++-12", "echo 12")
        self.stub("dkms", "echo dkms-3.0.10")
        self.stub("ss", "")
        self.stub("mokutil", "")
        self.stub("ps", "echo ' FF ksoftirqd/0'")
        os.chmod(self.dir, 0o755)
        for folder in (self.root, self.root / "site"):
            folder.mkdir(exist_ok=True)
            os.chmod(folder, 0o755)
        os.chmod(self.put("site/index.html", "page"), 0o644)
        self.conf_text = f"docroot = {self.root}/site\n"
        self.write(self.conf_text)

    def finds(self, text, *hints, args=()):
        """The one fault of the machine, with each of these as a line of its own."""
        done = self.expect(1, "doctor", *args)
        lines = done.out.splitlines()
        problems = [line for line in lines if line.startswith("PROBLEM  ")]
        self.assertEqual(len(problems), 1, done)
        self.assertIn(text, problems[0])
        self.assertEqual(lines[-1], "1 problem(s) found")
        for hint in hints:
            self.assertIn("         " + hint, lines)
        return done

    def test_sound(self):
        done = self.expect(GOOD, "doctor")
        self.assertEqual(done.err, "")
        for text in (f"the headers of kernel {RELEASE} are installed",
                     "a C++ compiler of version 12", f"khttpd 0.2.0 is built for kernel {RELEASE}",
                     "modules with any signature or none", "has no mistakes", "port 8081 is free",
                     "real-time priority"):
            self.assertRegex(done.out, rf"(?m)^ok       .*{text.replace('+', '.')}")
        self.assertTrue(done.out.endswith("no problem found\n"))

    def test_headers(self):
        for release, flavour in ((RELEASE, "amd64"), ("6.1.0-56-cloud-amd64", "cloud-amd64"),
                                 ("6.1.0-56-rt-amd64", "rt-amd64"), ("7.2-amd64", "amd64"),
                                 ("6.12.48+deb13-cloud-amd64", "cloud-amd64"),
                                 ("6.12.48+deb13-arm64", "arm64"),
                                 ("6.1.0-56-cloud-arm64", "cloud-arm64"),
                                 ("6.8.0-31-generic", "generic")):
            self.sound(release)
            (self.root / self.headers / "Makefile").unlink()
            self.finds(f"headers of kernel {release} are missing",
                       f"apt install linux-headers-{flavour}",
                       f"apt install linux-headers-{release}")
        self.put("etc/os-release", 'ID="almalinux"\nID_LIKE="rhel fedora"\n')
        self.finds("headers", "dnf install kernel-devel-6.8.0-31-generic")
        self.put("etc/os-release", "ID=opensuse-leap\n")
        self.finds("headers", "zypper install kernel-default-devel")
        self.put("etc/os-release", "ID=arch\n")
        self.assertIn("install it; the package is", self.finds("headers").out)

    def test_compiler(self):
        self.put(self.headers + "/include/config/auto.conf", "CONFIG_GCC_VERSION=990100\n")
        self.finds("GCC 99, but no C++ compiler", "apt install g++-99")
        self.stub(f"{platform.machine()}-linux-gnu-g++-99", "echo 99")
        self.assertIn("a C++ compiler of version 99", self.expect(GOOD, "doctor").out)

    def test_not_built(self):
        self.put("lib/modules/5.0/updates/khttpd.ko.xz", "")
        log = self.put("var/lib/dkms/khttpd/1/build/make.log", "")
        (self.root / "built").unlink()
        self.finds(f"khttpd is not built for kernel {RELEASE}", f"dkms autoinstall -k {RELEASE}",
                   f"it is built for another kernel: {self.root}/lib/modules/5.0/updates/"
                   "khttpd.ko.xz", f"the log of the last failed build is {log}")

    def test_built_for_another(self):
        self.put("vermagic", "5.0 SMP\n")
        self.finds(f"khttpd was built for kernel 5.0, not for {RELEASE}",
                   f"dkms autoinstall -k {RELEASE}")

    def test_before_a_reboot(self):
        """Of a kernel that does not run yet: what is needed to build, not the port."""
        other = "6.1.0-57-cloud-amd64"
        self.stub("ss", "echo 'LISTEN 0 1 0.0.0.0:8081 *:*'")
        self.put("vermagic", other + " SMP\n")
        done = self.finds(f"headers of kernel {other} are missing",
                          "apt install linux-headers-cloud-amd64", args=("--kernel", other))
        self.assertNotIn("port", done.out)
        for name in ("", "/etc", "a/b"):
            if name:
                self.expect(USAGE, "doctor", "--kernel", name, err="is not a kernel release")

    def test_not_signed(self):
        self.put("sys/kernel/security/lockdown", "none [integrity] confidentiality\n")
        self.finds("accepts only signed modules (Secure Boot or lockdown), but khttpd is not "
                   "signed",
                   "dkms install khttpd/0.2.0", f"mokutil --import {MOD_KEY}", "reboot")
        self.stub("dkms", "echo 'dkms: 2.8.4'")
        self.finds("not signed", f"/lib/modules/{RELEASE}/build/scripts/sign-file sha256 "
                   "/root/khttpd.key /root/khttpd.der /lib/modules/x/updates/dkms/khttpd.ko",
                   "mokutil --import /root/khttpd.der")

    def test_key_that_is_not_enrolled(self):
        self.put("signer", "DKMS module signing key\n")
        self.put("var/lib/dkms/mok.pub", "")
        self.stub("mokutil", '[ "$1" != --sb-state ] || echo SecureBoot enabled\n'
                  '[ "$1" != --test-key ] || cat "$ROOT/enrolled" 2>/dev/null')
        self.finds("signed by DKMS module signing key, whose key is not enrolled",
                   f"mokutil --import {MOD_KEY}")
        self.put("enrolled", "mok.pub is already enrolled\n")
        self.expect(GOOD, "doctor", out="whose key is enrolled")

    def test_site(self):
        os.chmod(self.root / "site", 0o750)
        self.finds("the user nobody", f"chmod o+rx {self.root}/site")
        os.chmod(self.root / "site", 0o755)
        os.chmod(self.root, 0o700)
        self.finds("may not enter", f"chmod o+x {self.root}")
        os.chmod(self.root, 0o755)
        os.chmod(self.root / "site/index.html", 0o640)
        self.finds("index.html", f"chmod o+r {self.root}/site/index.html")

    def test_configuration(self):
        self.write(self.conf_text + "prot = 1\n")
        done = self.finds("cannot be used: see above")
        self.assertIn(":2:1: error: unknown setting", done.err)
        self.conf.unlink()
        self.finds("cannot be used: see above")

    def listens(self, address, user=' users:(("nginx",pid=17,fd=3))'):
        self.stub("ss", f"echo 'LISTEN 0 128 {address} 0.0.0.0:*{user}'")

    def test_port(self):
        self.listens("0.0.0.0:8081")
        self.finds('port 8081 is in use by "nginx",pid=17,fd=3',
                   f"stop it, or set another port in {self.conf}")
        self.listens("[::1]:8081")
        self.finds("port 8081 is in use")
        self.write(self.conf_text + "bind = 127.0.0.1, 127.0.0.2\n")
        self.expect(GOOD, "doctor", out="port 8081 is free")
        self.listens("127.0.0.2%lo:8081", "")
        self.finds("in use by another process (run as root to see which)")

    def test_port_of_a_device(self):
        """Two listeners meet unless both name a device and not the same."""
        self.write(self.conf_text + "bind = 192.0.2.1%eth0, ::1%eth1\n")
        for address in ("192.0.2.1:8081", "192.0.2.1%eth0:8081", "*:8081", "0.0.0.0%eth0:8081",
                        "[::1]%eth1:8081"):
            self.listens(address)
            self.finds("port 8081 is in use")
        for address in ("192.0.2.1%eth2:8081", "0.0.0.0%eth2:8081", "192.0.2.2%eth0:8081"):
            self.listens(address)
            self.expect(GOOD, "doctor", out="port 8081 is free")
        self.write(self.conf_text + "bind = *%eth0\n")
        self.listens("192.0.2.2%eth0:8081")
        self.finds("port 8081 is in use")
        self.listens("192.0.2.2%eth2:8081")
        self.expect(GOOD, "doctor", out="port 8081 is free")

    def test_the_port_is_ours(self):
        self.listens("0.0.0.0:8081")
        self.loaded()
        self.expect(GOOD, "doctor", out="port 8081 is used by khttpd")
        self.expect(GOOD, "doctor", out="ok       khttpd 0.2.0 is running\n")
        self.write(self.conf_text + "port = 9000\n")
        self.listens("0.0.0.0:9000")
        self.finds("port 9000 is in use")

    def test_overload(self):
        self.stub("ps", "echo ' TS ksoftirqd/0'")
        for release, told in (("5.10.0-46-amd64", True), (RELEASE, True), ("6.12.1-amd64", False),
                              ("7.2-amd64", False)):
            self.sound(release)
            self.stub("ps", "echo ' TS ksoftirqd/0'")
            done = self.expect(GOOD, "doctor")
            self.assertEqual("\nadvice   under heavy CPU load" in done.out, told, release)
            self.assertEqual("         for thread in $(pgrep ^ksoftirqd/)" in done.out, told)
