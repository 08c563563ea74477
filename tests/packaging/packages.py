# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The packages that the tests install: built, checked, and laid out as repositories."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
# The version that users have: one package, khttpd-dkms, and a module that takes parameters alone.
BEFORE = "0.1.0"
BEFORE_COMMIT = "2c23d3ede092"
output_lock = threading.Lock()


def say(text):
    with output_lock:
        print(text, flush=True)


def run(*command, **options):
    """A command whose output matters only when it fails."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-4000:]}")
    return done.stdout


class Packages:
    """The version of the tree, the one before, the next one, and one that does not build, in
    repositories. Few: the first two alone."""

    def __init__(self, work, rpm, few=False):
        self.work = work
        self.few = few
        self.rpm = rpm
        text = (TOP / "src/kapi/version.h").read_text()
        self.base = re.search(r'KHTTPD_VERSION "(.*)"', text).group(1)
        major, minor, patch = self.base.split(".")
        self.next = f"{major}.{minor}.{int(patch) + 1}"
        self.broken = f"{major}.{minor}.{int(patch) + 2}"
        self.repos = work / "repos"

    def tree(self, version):
        tree = self.work / f"tree-{version}"
        run("sh", "-c", 'top=$1; . "$1/packaging/common.sh"; export_tree "$2"', "sh", TOP, tree)
        return tree

    def restamp(self, tree, version):
        header = tree / "src/kapi/version.h"
        header.write_text(header.read_text().replace(f'"{self.base}"', f'"{version}"'))
        changelog = tree / "debian/changelog"
        old = changelog.read_text()
        changelog.write_text(old.replace(f"({self.base}-1)", f"({version}-1)", 1) + "\n" + old)
        conf = tree / "etc/khttpd.conf"
        conf.write_text(conf.read_text() + f"\n# As of version {version}.\n")

    def build(self):
        trees = {self.base: self.tree(self.base), BEFORE: self.tree_before()}
        if not self.few:
            self.later(trees)
        # The first compiles the tool, if it has changed; a cache has it for the others.
        self.package(trees[self.base], self.base)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(self.package, list(trees.values())[1:], list(trees)[1:]))
        self.repository("0", [BEFORE])
        self.repository("1", [self.base])
        if self.few:
            return
        bump = self.work / "packages-bump"
        bump.mkdir()
        if self.rpm:
            run(trees[self.base] / "packaging/build-rpm", "--released", bump,
                env={**os.environ, "RELEASE": "2"})
        self.repository("2", [self.base, self.next])
        self.repository("3", [self.base, self.next, self.broken])
        self.repository("bump", [self.base, "bump"])

    def later(self, trees):
        """The trees of later versions."""
        for version in (self.next, self.broken):
            trees[version] = self.tree(version)
            self.restamp(trees[version], version)
        # In both units, as they are compiled at the same time, and before all else in them: an
        # emulated machine takes most of a minute to go through the kernel's headers.
        for unit in ("core.cc", "kapi.c"):
            source = trees[self.broken] / "src" / unit
            source.write_text('#include "this version does not build"\n' + source.read_text())

    def tree_before(self):
        tree = self.work / f"tree-{BEFORE}"
        tree.mkdir()
        run("sh", "-c", 'git -C "$1" archive "$2" | tar -x -C "$3"', "sh", TOP, BEFORE_COMMIT,
            tree)
        if not (tree / "debian").is_dir():
            sys.exit(f"the history has no {BEFORE_COMMIT}, which version {BEFORE} is built of: "
                     "git fetch --unshallow")
        return tree

    def package(self, tree, version):
        out = self.work / f"packages-{version}"
        released = [] if version == BEFORE else ["--released"]
        run(tree / "packaging/build-deb", *released, out)
        if self.rpm:
            run(tree / "packaging/build-rpm", *released, out)

    def tool(self, folder):
        """Puts khttpdctl there, as `make tools' would."""
        folder.mkdir(parents=True)
        package, = (self.work / f"packages-{self.base}").glob("khttpd-tools_*.deb")
        run("sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -x --strip-components=3 -C "$2" '
            './usr/sbin/khttpdctl', "sh", package, folder)

    def repository(self, name, versions):
        pool = self.work / f"pool-{name}"
        pool.mkdir()
        for version in versions:
            for file in (self.work / f"packages-{version}").iterdir():
                shutil.copy(file, pool)
        repo = self.repos / name
        repo.mkdir(parents=True)
        key = self.work / "key"
        # One key signs all of them.
        if key.exists():
            shutil.copytree(key, f"{repo}.key", ignore=shutil.ignore_patterns("S.*"))
        run(TOP / "packaging/repo", pool, repo, env={**os.environ, "KHTTPD_REPO_URL":
                                                     "file:///srv/repo"})
        if not key.exists():
            shutil.copytree(f"{repo}.key", key, ignore=shutil.ignore_patterns("S.*"))
        # gpg-agent takes its sockets away by itself when its directory goes.
        while os.path.exists(f"{repo}.key"):
            shutil.rmtree(f"{repo}.key", ignore_errors=True)

    def check(self):
        """What lintian and rpmlint say of the packages; names and verdicts, with what they said."""
        folder = self.work / f"packages-{self.base}"
        checks = {"lintian": ["lintian", "--fail-on", "error,warning", "--allow-root",
                              *folder.glob("*.changes")]}
        if self.rpm:
            checks["rpmlint"] = ["rpmlint", "-c", TOP / "rpm/rpmlint.toml", *folder.glob("*.rpm")]
        if not self.few:
            checks["reproducible"] = [TOP / "tests/packaging/reproducible"]
            checks["release"] = [TOP / "tests/packaging/release"]
        verdicts = {}
        for name, command in checks.items():
            done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False)
            # rpmlint counts warnings but ends well with them.
            good = done.returncode == 0 and not re.search(r", [1-9]\d* warnings", done.stdout)
            verdicts[name] = good
            say(f"{name}: {'ok' if good else 'NOT OK' + chr(10) + done.stdout}")
        return verdicts
