# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Firefox, told what to do by the protocol it has built in (Marionette): Debian has no driver."""

import json
import os
import re
import socket
import subprocess
import threading
import time

import pages

# Nothing but the site is asked for.
PREFERENCES = {
    "app.normandy.enabled": False, "app.update.auto": False, "browser.startup.page": 0,
    "browser.shell.checkDefaultBrowser": False, "browser.newtabpage.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False, "extensions.update.enabled": False,
    "media.autoplay.default": 0, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "network.proxy.type": 0,
    "services.settings.server": "http://127.0.0.1:9", "toolkit.telemetry.enabled": False,
}


class Firefox:
    """A headless one with a profile of its own, until close()."""

    def __init__(self, work):
        profile = os.path.join(work, "firefox")
        os.makedirs(profile)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with open(os.path.join(profile, "user.js"), "w", encoding="ascii") as file:
            for name, value in {**PREFERENCES, "marionette.port": port}.items():
                file.write(f'user_pref("{name}", {json.dumps(value)});\n')
        self.process = subprocess.Popen(
            ["firefox-esr", "--headless", "--no-remote", "--marionette", "--profile", profile],
            env=dict(os.environ, HOME=work, MOZ_CRASHREPORTER_DISABLE="1"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.number, self.buffer = 0, b""
        self.sock = self.connect(port, time.monotonic() + 120)
        self.read()
        self.ask("WebDriver:NewSession", capabilities={})
        self.ask("WebDriver:SetTimeouts", pageLoad=120000, script=120000)

    def connect(self, port, end):
        while True:
            try:
                sock = socket.create_connection(("127.0.0.1", port), timeout=180)
                return sock
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    self.close()
                    raise
                time.sleep(0.5)

    def read(self):
        """The next message: LENGTH:JSON."""
        while True:
            length, colon, rest = self.buffer.partition(b":")
            if colon and len(rest) >= int(length):
                self.buffer = rest[int(length):]
                return json.loads(rest[:int(length)])
            data = self.sock.recv(65536)
            if not data:
                raise EOFError("Firefox has ended")
            self.buffer += data

    def ask(self, command, **parameters):
        """The result of a command; its error is raised."""
        self.number += 1
        data = json.dumps([0, self.number, command, parameters]).encode()
        self.sock.sendall(b"%d:%s" % (len(data), data))
        while True:
            kind, number, error, result = self.read()
            if (kind, number) == (1, self.number):
                break
        if error:
            raise RuntimeError(f"{command}: {error.get('message', error)}")
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def get(self, url):
        self.ask("WebDriver:Navigate", url=url)

    def refresh(self):
        """As the button does: WebDriver's own would not ask with conditions."""
        self.execute_script("location.reload()")

    @property
    def title(self):
        return self.ask("WebDriver:GetTitle")

    def execute_script(self, script, *arguments):
        return self.ask("WebDriver:ExecuteScript", script=script, args=list(arguments))

    def execute_async_script(self, script, *arguments):
        return self.ask("WebDriver:ExecuteAsyncScript", script=script, args=list(arguments))

    def version(self):
        return self.execute_script("return navigator.userAgent").rpartition("/")[2]

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Relay:
    """Stands between a browser and a server and keeps what both said; on each connection replies
    come in the order of requests."""

    REQUEST = re.compile(rb"(?:^|\r\n\r\n)GET (\S+) HTTP/1\.1\r\n")
    REPLY = re.compile(rb"HTTP/1\.1 (\d\d\d) [A-Za-z ]*\r\n")

    def __init__(self, port):
        self.target = port
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            said = (bytearray(), bytearray())
            self.connections.append(said)
            for source, sink, kept in ((client, server, said[0]), (server, client, said[1])):
                threading.Thread(target=self.copy, args=(source, sink, kept), daemon=True).start()

    @staticmethod
    def copy(source, sink, kept):
        try:
            while True:
                data = source.recv(65536)
                kept += data
                sink.sendall(data)
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
        except OSError:
            pass

    def exchanges(self):
        """Target and status of all so far; a reply that was not waited for has none."""
        found = []
        for asked, answered in self.connections:
            statuses = [int(status) for status in self.REPLY.findall(bytes(answered))]
            targets = [target.decode() for target in self.REQUEST.findall(bytes(asked))]
            found += [(target, status) for target, status in zip(targets, statuses)]
        return found

    def close(self):
        self.listener.close()


def wait_for(browser, script, limit=60):
    end = time.monotonic() + limit
    while True:
        value = browser.execute_script("return " + script)
        if value or time.monotonic() > end:
            return value
        time.sleep(0.2)


def check_page(check, browser):
    check("Firefox: title", browser.title == "khttpd in a browser", browser.title)
    for name, width, height in pages.PICTURES:
        size = browser.execute_script(
            "const i = document.querySelector(arguments[0]);"
            "return [i.naturalWidth, i.naturalHeight, i.complete]", f'img[src="{name}"]')
        check(f"Firefox: picture {name}", size == [width, height, True], size)
    wanted = json.dumps("The script ran and fetched: " + pages.DATA["text"])
    told = wait_for(browser, f"document.getElementById('told').textContent === {wanted}")
    check("Firefox: script and what it fetched", told, told)


def check_video(check, browser, seek):
    ready = wait_for(browser, "document.getElementById('video').readyState >= 1")
    check("Firefox: video: metadata", ready, ready)
    seen = [browser.execute_async_script(seek, place)
            for place in (1.0, 0.8 * pages.VIDEO_SECONDS)]
    green, red = (one.get("pixel", [0, 0])[:2] for one in seen)
    check("Firefox: video: the picture of each time", red[0] > red[1] + 60 and
          green[1] > green[0] + 60, seen)


def check_reload(check, browser, relay):
    before = len(relay.exchanges())
    browser.refresh()
    wait_for(browser, "document.readyState === 'complete' && "
                      "document.getElementById('video').readyState >= 1")
    time.sleep(1)
    again = relay.exchanges()
    for path in ["/", "/style.css", "/script.js"] + ["/" + name for name, _, _ in pages.PICTURES]:
        seen = [status for target, status in again if target == path]
        check(f"Firefox: reload: {path} is not modified", seen.count(304) == 1, seen)
    check("Firefox: every reply is 200, 206 or 304",
          sorted({status for _, status in again}) == [200, 206, 304] and len(again) > before, again)


def check_all(check, port, work, seek):
    """What Chromium is seen to do with the site, by way of a relay that keeps the replies."""
    relay = Relay(port)
    browser = Firefox(work)
    try:
        print("Firefox " + browser.version())
        browser.get(f"http://127.0.0.1:{relay.port}/")
        check_page(check, browser)
        check_video(check, browser, seek)
        check_reload(check, browser, relay)
        check_page(check, browser)
        browser.execute_script("document.querySelector('a').click()")
        check("Firefox: link", wait_for(browser, "document.getElementById('second') !== null"))
    finally:
        browser.close()
        relay.close()
