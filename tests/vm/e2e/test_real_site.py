# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""docs/examples/three-hosts.conf with 2,000 redirections beside it, as khttpdctl puts it into force
and curl asks for what is there."""

import json
import os
import shutil
import subprocess

import pytest

import khttpd
from folder import Folder

TOOL = "/input/given/khttpdctl"
EXAMPLE = "/input/given/examples/three-hosts.conf"
CONF = "/tmp/real-site.conf"
REDIRECTS = CONF + ".d"
SITE, APP = Folder("/srv/www"), Folder("/srv/app")
FILES = {
    SITE: {"index.html": b"<p>site\n", "404.html": b"<p>not here\n", "503.html": b"<p>later\n",
           "about/index.html": b"<p>about\n", "articles/one.html": b"<p>one\n",
           "assets/app.0123.js": b"let a;\n", "fonts/a.woff2": b"wOF2",
           "intern/index.html": b"<p>intern\n", "login/index.html": b"<p>login\n"},
    APP: {"index.html": b"<p>application\n", "static/a.css": b"p { }\n"},
}
IMMUTABLE = "public, max-age=31536000, immutable"

pytestmark = [pytest.mark.skipif(not os.path.exists(TOOL), reason="khttpdctl was not given"),
              pytest.mark.changes, pytest.mark.long("debug")]


@pytest.fixture(scope="module", autouse=True)
def sites():
    os.makedirs(REDIRECTS, exist_ok=True)
    with open(REDIRECTS + "/redirects.conf", "w", encoding="ascii") as file:
        for number in range(2000):
            file.write(f"redirect = /old/{number}.html /articles/{number}\n")
    shutil.copy(EXAMPLE, CONF)
    with SITE, APP:
        for folder, files in FILES.items():
            for name, data in files.items():
                folder.write(name, data)
        yield
    shutil.rmtree(REDIRECTS)


@pytest.fixture(autouse=True)
def served(unloaded):
    assert khttpd.load(start=0) == 0
    subprocess.run([TOOL, "check", CONF], check=True)
    text = subprocess.run([TOOL, "show", "--canonical", CONF], stdout=subprocess.PIPE, check=True,
                          text=True).stdout
    assert khttpd.commit(text) == (0, "")
    yield
    assert khttpd.unload() == 0


def curl(path, *options, host="www.example.org"):
    """The status, the fields of the last reply by name, and the content."""
    done = subprocess.run(
        ["curl", "-sS", "--resolve", "*:80:127.0.0.1", "-o", "-",
         "-w", "\n%{header_json}\n%{response_code}", *options, f"http://{host}{path}"],
        stdout=subprocess.PIPE, check=True)
    content, _, rest = done.stdout.partition(b"\n{\"")
    fields, _, status = ("{\"" + rest.decode()).rpartition("\n")
    return (int(status), {name: values[0] for name, values in json.loads(fields).items()}, content)


def test_pages():
    status, fields, content = curl("/")
    assert (status, content) == (200, FILES[SITE]["index.html"])
    assert fields["cache-control"] == "no-cache"
    assert fields["x-content-type-options"] == "nosniff"
    assert fields["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert curl("/", "-H", f"If-None-Match: {fields['etag']}")[0] == 304
    status, fields, content = curl("/nowhere")
    assert (status, content) == (404, FILES[SITE]["404.html"])
    assert fields["x-content-type-options"] == "nosniff"
    assert curl("/health")[2] == b'{"ok":true}\n'


def test_assets_and_fonts():
    for path in ("/assets/app.0123.js", "/fonts/a.woff2"):
        status, fields, _ = curl(path)
        assert (status, fields["cache-control"]) == (200, IMMUTABLE)
    assert fields["access-control-allow-origin"] == "*"
    assert fields["content-type"] == "font/woff2"


def test_an_application():
    for path in ("/", "/any/address?with=query"):
        status, fields, content = curl(path, host="app.example.org")
        assert (status, content) == (200, FILES[APP]["index.html"])
        assert fields["content-security-policy"].startswith("default-src 'self'")
    assert curl("/static/a.css", host="app.example.org")[1]["cache-control"] == IMMUTABLE
    assert curl("/static/none.css", host="app.example.org")[0] == 404


def test_redirections():
    for number in (0, 999, 1999):
        status, fields, _ = curl(f"/old/{number}.html")
        assert (status, fields["location"]) == (301, f"/articles/{number}")
    assert curl("/old/2000.html")[0] == 404
    status, _, content = curl("/blog/one.html", "-L")
    assert (status, content) == (200, FILES[SITE]["articles/one.html"])
    status, fields, _ = curl("/search?q=kernel")
    assert fields["location"] == "https://search.example.org/?q=kernel"
    status, fields, _ = curl("/a/b?c", host="example.org")
    assert (status, fields["location"]) == (301, "https://www.example.org/a/b?c")
    status, fields, _ = curl("/a", host="deep.example.net")
    assert (status, fields["location"]) == (308, "https://www.example.org/a")


def test_what_is_not_for_everybody():
    """By one process: each that is started may take longer than a request's worth comes back in."""
    assert curl("/intern/")[0] == 403
    done = subprocess.run(
        ["curl", "-sS", "--resolve", "*:80:127.0.0.1", "-o", "/dev/null",
         "-w", "%{response_code} %header{retry-after}\n", "http://www.example.org/login/?[1-60]"],
        stdout=subprocess.PIPE, check=True, text=True)
    replies = [line.split() for line in done.stdout.splitlines()]
    assert [status for status, *_ in replies[:10]] == ["200"] * 10
    refused = [seconds for status, *seconds in replies if status == "429"]
    assert len(refused) > 10 and all(seconds in (["1"], ["2"]) for seconds in refused)
