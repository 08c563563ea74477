# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Package managers, and git over plain HTTP."""

import os
import pathlib

from conftest import OUT, fetched, logged, run, statuses
from site_of_clients import ROOT, URL

DEB = "khttpd-hello_1.0~a+b_all.deb"


def apt_get(*arguments):
    lists = pathlib.Path(OUT, "lists/partial")
    archives = pathlib.Path(OUT, "archives/partial")
    for folder in (lists, archives):
        folder.mkdir(parents=True, exist_ok=True)
        os.chmod(folder, 0o777)
    pathlib.Path(OUT, "sources.list").write_text(f"deb [trusted=yes] {URL}/apt ./\n")
    return run("apt-get", "-q", "-y", "-o", f"Dir::Etc::sourcelist={OUT}/sources.list",
               "-o", "Dir::Etc::sourceparts=/dev/null", "-o", f"Dir::State::lists={OUT}/lists",
               "-o", f"Dir::Cache={OUT}", "-o", "APT::Sandbox::User=root", "-o",
               "Dir::Cache::archives=archives",
               "-o", "Acquire::Check-Valid-Until=false", "-o",
               "Acquire::Languages=none", *arguments)


def test_apt_fetch():
    apt_get("update")
    apt_get("download", "khttpd-hello")
    data = (ROOT / "apt" / DEB).read_bytes()
    assert any(file.read_bytes() == data for file in pathlib.Path(OUT).glob("*.deb"))


def test_apt_resume():
    apt_get("update")
    data = (ROOT / "apt" / DEB).read_bytes()
    # What it left of a package in its folder for those: the first half.
    partial = pathlib.Path(OUT, "archives/partial/khttpd-hello_1.0_all.deb")
    partial.write_bytes(data[:len(data) // 2])
    os.utime(partial, (2000000000, 2000000000))
    logged()
    apt_get("install", "--download-only", "khttpd-hello")
    assert pathlib.Path(OUT, "archives/khttpd-hello_1.0_all.deb").read_bytes() == data
    assert [r.status for r in logged() if r.target.endswith(".deb")][-1] in (200, 206)


def test_apt_revalidate():
    apt_get("update")
    logged()
    apt_get("update")
    assert statuses("/apt/./Release")[-1:] == [304] or statuses("/apt/Release")[-1:] == [304]


def test_git_fetch():
    run("git", "clone", "-q", URL + "/repository.git", "clone")
    assert fetched("clone/file2") == (ROOT / "big").read_bytes()[:300000]
    run("git", "-C", "clone", "fsck")


def test_git_revalidate():
    run("git", "clone", "-q", URL + "/repository.git", "clone")
    logged()
    run("git", "-C", "clone", "fetch")
    assert not [r for r in logged() if "pack-" in r.target]


def test_dnf_fetch():
    output = run("dnf", "-y", "--repofrompath", f"x,{URL}/rpm", "--repo", "x",
                 "--setopt=x.gpgcheck=0",
                 "--setopt=reposdir=/dev/null", f"--setopt=cachedir={OUT}/dnf",
                 f"--setopt=logdir={OUT}", f"--setopt=persistdir={OUT}/state", "--releasever=1",
                 "makecache", limit=240)
    assert "created" in output
    assert statuses("/rpm/repodata/repomd.xml") == [200]
