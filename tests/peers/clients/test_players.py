# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Players: the index at the end of a file, seeking, and films in pieces."""

from conftest import OUT, fetched, logged, run, statuses
from site_of_clients import URL

FFMPEG = ("ffmpeg", "-nostdin", "-y", "-v", "error")


def frame_at(seconds, source, name):
    """One picture of the film, as bytes."""
    run(*FFMPEG, "-ss", str(seconds), "-i", source, "-frames:v", "1", "-pix_fmt",
        "rgb24", "-f", "rawvideo", name)
    return fetched(name)


def test_ffmpeg_fetch():
    run(*FFMPEG, "-i", URL + "/film.mp4", "-c", "copy", "-f", "mpegts", "copy.ts")
    run(*FFMPEG, "-i", "/srv/clients/film.mp4", "-c", "copy", "-f", "mpegts", "same.ts")
    assert fetched("copy.ts") == fetched("same.ts")


def test_ffmpeg_seek():
    for seconds in (2, 25):
        assert frame_at(seconds, URL + "/film.mp4", "a") == \
            frame_at(seconds, "/srv/clients/film.mp4", "b")
    assert statuses("/film.mp4").count(206) >= 2


def test_ffmpeg_pieces():
    run(*FFMPEG, "-i", URL + "/hls/list.m3u8", "-c", "copy", "-f", "mpegts", "copy.ts")
    asked = {r.target for r in logged() if r.status in (200, 206) and r.target.endswith(".ts")}
    assert len(asked) >= 5


def test_mpv_seek():
    run("mpv", "--no-config", "--vo=image", f"--vo-image-outdir={OUT}", "--vo-image-format=png",
        "--ao=null",
        "--start=25", "--frames=1", "--really-quiet", URL + "/film.mp4", limit=240)
    assert fetched("00000001.png").startswith(b"\x89PNG")
    assert 206 in statuses("/film.mp4")
