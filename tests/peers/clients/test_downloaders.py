# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Programs that fetch files: whole, the rest of them, in pieces, whole trees, and what is newer."""

import os

from conftest import OUT, begun, fetched, logged, run, statuses
from site_of_clients import BIG, CHANGED, TREE, URL, big


def same_tree(folder):
    for name, text in TREE.items():
        with open(os.path.join(OUT, folder, name), encoding="ascii") as file:
            assert file.read() == text, name


def test_curl_fetch():
    run("curl", "-sSf", "-O", URL + "/big")
    assert fetched("big") == big()
    run("curl", "-sSf", "--compressed", "-o", "page", URL + "/page.html?a[]=1&b={2}|3", "-g")
    assert fetched("page").startswith(b"<!DOCTYPE")


def test_curl_resume():
    begun("big")
    run("curl", "-sSf", "-C", "-", "-O", URL + "/big")
    assert fetched("big") == big()
    assert statuses("/big") == [206]


def test_curl_revalidate():
    for _ in range(2):
        run("curl", "-sSf", "-R", "--etag-save", "tag", "--etag-compare", "tag", "-o",
            "page", URL + "/page.html")
    run("curl", "-sSf", "-z", "page", "-o", "page", URL + "/page.html")
    assert statuses("/page.html") == [200, 304, 304]


def test_wget_fetch():
    run("wget", "-nv", URL + "/big")
    assert fetched("big") == big()


def test_wget_resume():
    begun("big")
    run("wget", "-nv", "-c", URL + "/big")
    assert fetched("big") == big()
    assert statuses("/big") == [206]


def test_wget_mirror():
    run("wget", "-nv", "-m", "-np", "-nH", URL + "/tree/")
    same_tree("tree")


def test_wget_revalidate():
    for _ in range(2):
        run("wget", "-nv", "-N", URL + "/page.html")
    assert statuses("/page.html") == [200, 304]


def test_wget2_fetch():
    run("wget2", "-nv", URL + "/big")
    assert fetched("big") == big()


def test_wget2_resume():
    begun("big")
    run("wget2", "-nv", "-c", URL + "/big")
    assert fetched("big") == big()
    assert 206 in statuses("/big")


def test_wget2_pieces():
    run("wget2", "-nv", "--chunk-size=1M", URL + "/big")
    assert fetched("big") == big()
    assert statuses("/big").count(206) > 3


def test_wget2_mirror():
    run("wget2", "-nv", "-m", "-np", "-nH", URL + "/tree/")
    same_tree("tree")


def test_wget2_revalidate():
    for _ in range(2):
        run("wget2", "-nv", "-N", URL + "/page.html")
    assert statuses("/page.html")[-1] == 304


def test_aria2_fetch():
    run("aria2c", "-q", URL + "/big")
    assert fetched("big") == big()


def test_aria2_pieces():
    run("aria2c", "-q", "-x", "16", "-s", "16", "-k", "1M", URL + "/big")
    assert fetched("big") == big()
    assert 206 in statuses("/big")


def test_aria2_resume():
    begun("big")
    run("aria2c", "-q", "-c", URL + "/big")
    assert fetched("big") == big()
    assert statuses("/big")[-1] == 206


def test_aria2_revalidate():
    for _ in range(2):
        run("aria2c", "-q", "-R", "--conditional-get=true",
            "--allow-overwrite=true", URL + "/page.html")
    assert statuses("/page.html")[-1] == 304


def test_axel_fetch():
    run("axel", "-q", "-n", "1", URL + "/big")
    assert fetched("big") == big()


def test_axel_pieces():
    run("axel", "-q", "-n", "8", URL + "/big")
    assert fetched("big") == big()
    assert statuses("/big").count(206) >= 8


def test_lftp_fetch():
    run("lftp", "-c", f"set net:max-retries 2; get {URL}/big")
    assert fetched("big") == big()


def test_lftp_resume():
    begun("big")
    run("lftp", "-c", f"set net:max-retries 2; get -c {URL}/big")
    assert fetched("big") == big()
    assert 206 in statuses("/big")


def test_lftp_pieces():
    run("lftp", "-c", f"set net:max-retries 2; pget -n 4 {URL}/big")
    assert fetched("big") == big()
    assert 206 in statuses("/big")


def test_lftp_mirror():
    """It reads the listing that autoindex makes, where a folder has no page of its own."""
    run("lftp", "-c", f"set net:max-retries 2; mirror {URL}/hls/ hls")
    names = sorted(os.listdir("/srv/clients/hls"))
    assert sorted(os.listdir(OUT + "/hls")) == names


RCLONE = ("rclone", "--config", "/dev/null", "--http-url", URL)


def test_rclone_fetch():
    run(*RCLONE, "copyto", ":http:big", "big")
    assert fetched("big") == big()
    assert int(os.path.getmtime(OUT + "/big")) == CHANGED


def test_rclone_mirror():
    run(*RCLONE, "sync", ":http:hls", "hls")
    for name in os.listdir("/srv/clients/hls"):
        with open("/srv/clients/hls/" + name, "rb") as file:
            assert fetched("hls/" + name) == file.read()
    logged()
    run(*RCLONE, "sync", ":http:hls", "hls")
    assert not [r for r in logged() if r.method == "GET" and r.target.endswith(".ts")]


def test_rclone_seek():
    part = run(*RCLONE, "cat", "--offset", "1000", "--count", "8", ":http:tree/index.html")
    assert part == ""
    run("sh", "-c", " ".join(RCLONE) + " cat --offset 3000000 --count 1000 :http:big > part")
    assert fetched("part") == big()[3000000:3001000]
    assert 206 in statuses("/big")


def test_zsync_fetch():
    run("zsync", "-q", URL + "/big.zsync")
    assert fetched("big") == big()


def test_zsync_pieces():
    """Of an older file every hundredth kilobyte differs: it asks for many ranges at once."""
    old = bytearray(big())
    for at in range(0, BIG, 100 << 10):
        old[at:at + 1024] = bytes(len(old[at:at + 1024]))
    with open(OUT + "/old", "wb") as file:
        file.write(old)
    run("zsync", "-q", "-i", "old", "-o", "new", URL + "/big.zsync")
    assert fetched("new") == big()
    assert statuses("/big").count(206) >= 1


def test_busybox_fetch():
    run("busybox", "wget", "-q", URL + "/big")
    assert fetched("big") == big()


def test_busybox_resume():
    begun("big")
    run("busybox", "wget", "-q", "-c", URL + "/big")
    assert fetched("big") == big()
    assert statuses("/big") == [206]
