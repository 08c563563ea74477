# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""docs/examples/three-hosts.conf, visited by Chromium under the names of its hosts: addresses of an
application, what it may load, assets that are asked for once, fonts for other sites, redirections
and error pages."""

import json
import os
import shutil
import time

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "../../docs/examples/three-hosts.conf")
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
SITE, APP, OTHER = "http://www.example.org", "http://app.example.org", "http://other.example.com"
ASSETS = ["/assets/app.0123.js", "/assets/style.0123.css", "/assets/drawing.0123.svg"]
IMMUTABLE = "public, max-age=31536000, immutable"

HEAD = '<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="/icon.svg"><title>{}</title>\n'
SVG = ('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">'
       '<rect width="40" height="30" fill="#c60"/></svg>\n')
FILES = {
    "www/index.html": HEAD.format("site") + """<link rel="stylesheet" href="/assets/style.0123.css">
<script src="/assets/app.0123.js" defer></script>
<h1>site</h1><p id="told"></p><img id="drawing" src="/assets/drawing.0123.svg">
""",
    "www/icon.svg": SVG, "app/icon.svg": SVG, "app/static/icon.svg": SVG,
    "www/assets/app.0123.js": 'document.getElementById("told").textContent = "the asset ran";\n',
    "www/assets/style.0123.css": "h1 { color: rgb(0, 90, 160) }\n",
    "www/assets/drawing.0123.svg": SVG,
    "www/articles/one.html": HEAD.format("article one"),
    "www/404.html": HEAD.format("not here") + "<p id='missing'>There is no such page.</p>\n",
    # Two fonts of another site, of which one may be used.
    "www/fonts.html": HEAD.format("fonts") + f"""<style>
@font-face {{ font-family: Open; src: url({SITE}/fonts/open.ttf) }}
@font-face {{ font-family: Closed; src: url({SITE}/assets/closed.ttf) }}
</style>
""",
    "www/frame.html": HEAD.format("frame") + f'<iframe src="{APP}/"></iframe>\n',
    "app/index.html": HEAD.format("application") + f"""<script src="/static/app.js" defer></script>
<script>document.documentElement.dataset.inline = "ran";</script>
<p id="address"></p><img id="own" src="/static/icon.svg">
<img id="other" src="{SITE}/assets/drawing.0123.svg">
""",
    "app/static/app.js": """const show = () => {
	document.getElementById("address").textContent = location.pathname + location.search;
};
show();
window.go = address => { history.pushState(null, "", address); show(); };
""",
}
# Called with a font's name: whether it can be used.
LOAD = """
const done = arguments[arguments.length - 1];
document.fonts.load(`16px ${arguments[0]}`).then(
	faces => done(faces.length === 1), () => done(false));
"""


def make(folder):
    for name, text in FILES.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    os.makedirs(os.path.join(folder, "www/fonts"))
    for name in ("www/fonts/open.ttf", "www/assets/closed.ttf"):
        shutil.copyfile(FONT, os.path.join(folder, name))


def options(port):
    """All names are the server's, on the port for HTTP, which is not tried as HTTPS first."""
    return (f"--host-resolver-rules=MAP *:80 127.0.0.1:{port}, MAP * ~NOTFOUND",
            "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable")


class Visitor:
    def __init__(self, check, driver, network):
        self.check, self.driver, self.network = check, driver, network

    def get(self, url):
        """Goes there; the exchanges on the wire, by path."""
        self.driver.get(url)
        return {path: (status, fields) for path, status, _, fields in self.network.read()}

    def text(self, name):
        return self.driver.find_element(By.ID, name).text

    def wide(self, name):
        return self.driver.execute_script(
            f"return document.getElementById({json.dumps(name)}).naturalWidth")

    def told(self):
        """What is new on the browser's console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def from_cache(self):
        """Paths of the last visit that were taken from the browser's cache."""
        urls, cached = {}, set()
        for message in self.network.messages:
            values = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                urls[values["requestId"]] = values["request"]["url"]
            elif message["method"] == "Network.requestServedFromCache" or (
                    message["method"] == "Network.responseReceived"
                    and values["response"].get("fromDiskCache")):
                cached.add(urls.get(values["requestId"], "").replace(SITE, ""))
        return cached


def check_site(visitor):
    check = visitor.check
    wire = visitor.get(SITE + "/")
    check("site: style and script", visitor.text("told") == "the asset ran" and
          visitor.driver.find_element(By.TAG_NAME, "h1").value_of_css_property("color") ==
          "rgba(0, 90, 160, 1)", visitor.driver.page_source)
    for path in ASSETS:
        check(f"site: {path} comes to stay", path in wire and wire[path][0] == 200 and
              wire[path][1]["cache-control"] == IMMUTABLE, wire.get(path))
    visitor.get(SITE + "/articles/one.html")
    wire = visitor.get(SITE + "/")
    check("site: second visit: the page is asked for, and not modified",
          wire.get("/", [0])[0] == 304, wire)
    check("site: second visit: no asset is asked for", not set(ASSETS) & set(wire), wire)
    cached = visitor.from_cache()
    check("site: second visit: the assets are from the cache", set(ASSETS) <= cached, cached)
    check("site: second visit: style and script", visitor.text("told") == "the asset ran")
    check("site: nothing on the console", not (told := visitor.told()), told)


def check_error_pages(visitor):
    for path, status in (("/nowhere/at/all", 404), ("/intern/", 403)):
        wire = visitor.get(SITE + path)
        check, source = visitor.check, visitor.driver.page_source
        check(f"{path} has status {status}", wire.get(path, [0])[0] == status, wire)
        check(f"{path} shows its page", "There is no such page." in source if status == 404 else
              "403" in source, source)
        # Fields of the site are those of its errors, too.
        check(f"{path} has the site's fields",
              wire[path][1].get("x-content-type-options") == "nosniff", wire)
    visitor.told()


def check_redirections(visitor):
    check, driver = visitor.check, visitor.driver
    visitor.get(SITE + "/blog/one.html")
    check("redirection is followed", (driver.current_url, driver.title) ==
          (SITE + "/articles/one.html", "article one"), driver.current_url)
    for url, to in ((SITE + "/search?q=a%20b", "https://search.example.org/?q=a%20b"),
                    ("http://example.org/a/b?x", "https://www.example.org/a/b?x"),
                    ("http://any.example.net/a", "https://www.example.org/a")):
        visitor.network.read()
        try:
            driver.get(url)
        except WebDriverException:  # nobody serves HTTPS here
            pass
        visitor.network.read()
        asked = [message["params"]["request"]["url"] for message in visitor.network.messages
                 if message["method"] == "Network.requestWillBeSent"]
        check(f"{url} leads elsewhere", asked[:2] == [url, to], asked)
    visitor.told()


def check_fonts(visitor):
    check = visitor.check
    visitor.get(OTHER + "/fonts.html")
    opened, closed = (visitor.driver.execute_async_script(LOAD, name)
                      for name in ("Open", "Closed"))
    told = [line for line in visitor.told() if "CORS" in line]
    check("font of another site is used, as it may", opened)
    check("font of another site that lacks the field is not",
          not closed and len(told) == 1 and "/assets/closed.ttf" in told[0], told)


def check_application(visitor):
    check, driver = visitor.check, visitor.driver
    deep = "/any/address?with=query"
    wire = visitor.get(APP + deep)
    check("application: a deep link shows it", wire.get(deep, [0])[0] == 200 and
          (driver.title, visitor.text("address")) == ("application", deep), driver.page_source)
    check("application: its own are loaded", visitor.wide("own") == 40)
    check("policy: no picture of another host", visitor.wide("other") == 0)
    check("policy: no script within the page",
          driver.execute_script("return document.documentElement.dataset.inline") is None)
    told = visitor.told()
    check("policy: the browser says why", len(told) == 2 and
          all("Content Security Policy" in line for line in told), told)
    driver.execute_script("go('/another/address')")
    driver.refresh()
    check("application: reloaded where it went to", visitor.text("address") == "/another/address",
          driver.page_source)
    wire = visitor.get(APP + "/static/none.js")
    check("application: what is not there is a 404", wire["/static/none.js"][0] == 404, wire)
    visitor.told()
    visitor.get(SITE + "/frame.html")
    time.sleep(1)
    told = visitor.told()
    check("policy: nobody frames it", any("frame-ancestors" in line for line in told), told)


def check_all(check, driver, network):
    visitor = Visitor(check, driver, network)
    for checks in (check_site, check_error_pages, check_redirections, check_fonts,
                   check_application):
        checks(visitor)
