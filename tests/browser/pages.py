# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The site that the browser is shown: pictures, a script, a style sheet, data and a video."""

import json
import os
import subprocess

PICTURES = [("red.png", 64, 48), ("green.png", 96, 72), ("blue.png", 128, 96),
            ("pattern.png", 320, 240), ("pattern.jpg", 321, 241), ("drawing.svg", 200, 150)]
VIDEO_SECONDS = 40
# A box in the middle of the video is green first, and red from here on.
VIDEO_TURNS = 25

DATA = {"text": "grüße, ☃"}

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>khttpd in a browser</title>
<link rel="icon" href="red.png">
<link rel="stylesheet" href="style.css">
<script src="script.js" defer></script>
<h1>Served by a kernel module</h1>
<p id="told">The script has not run.</p>
<div class="pictures">
{pictures}
</div>
<video id="video" src="video.webm" width="320" height="180" preload="metadata" muted></video>
<p><a href="second.html">second page</a></p>
</html>
"""

STYLE = """body { font: 16px sans-serif; margin: 2em; background: rgb(250, 250, 245) }
h1 { color: rgb(0, 90, 160); border-bottom: 3px solid }
#told { font-weight: bold }
.pictures img { margin: 4px; height: 96px; vertical-align: top }
"""

SCRIPT = """fetch("data.json").then(reply => reply.json()).then(data => {
	document.getElementById("told").textContent = "The script ran and fetched: " + data.text;
});
"""

SECOND = """<!DOCTYPE html>
<meta charset="utf-8"><title>second</title><link rel="icon" href="red.png">
<p id="second">It was a link.</p>
"""

SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="200" height="150" viewBox="0 0 200 150">
<rect width="200" height="150" fill="#ffd"/><circle cx="100" cy="75" r="60" fill="#c60"/></svg>
"""


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *arguments], check=True)


def make_picture(path, width, height):
    name = os.path.basename(path)
    if name.endswith(".svg"):
        with open(path, "w", encoding="ascii") as file:
            file.write(SVG)
        return
    kind = "testsrc" if name.startswith("pattern") else "color=" + name.partition(".")[0]
    size = f"{'=' if kind == 'testsrc' else ':'}size={width}x{height}"
    ffmpeg("-f", "lavfi", "-i", kind + size, "-frames:v", "1", path)


def make_video(path):
    """Large enough that a browser does not hold all of it before it is asked for the end."""
    box = "drawbox=x=130:y=60:w=60:h=60:t=fill:color={}:enable='{}'"
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=12:duration={VIDEO_SECONDS}",
           "-vf", "noise=alls=10:allf=t," + box.format("green", f"lt(t,{VIDEO_TURNS})") + "," +
           box.format("red", f"gte(t,{VIDEO_TURNS})"),
           "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "16", "-threads", "2",
           "-qmin", "0", "-qmax", "4", "-b:v", "12M", "-g", "24", path)


def make(folder):
    os.makedirs(folder)
    for name, width, height in PICTURES:
        make_picture(os.path.join(folder, name), width, height)
    make_video(os.path.join(folder, "video.webm"))
    pictures = "\n".join(f'<img src="{name}" alt="{name}">' for name, _, _ in PICTURES)
    for name, text in (("index.html", PAGE.format(pictures=pictures)), ("second.html", SECOND),
                       ("style.css", STYLE), ("script.js", SCRIPT),
                       ("data.json", json.dumps(DATA, ensure_ascii=False))):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
