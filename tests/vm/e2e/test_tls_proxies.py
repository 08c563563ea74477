# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Proxies in front, with TLS: as docs/operations.md has them, but for ports and paths."""

import pathlib
import re
import ssl
import subprocess

import pytest

import khttpd
from http_client import GET, PAGE, Client, request_to
from test_proxies import listens
from told import apply, hosts

DOCUMENT = pathlib.Path("/input/given/operations.md")
FOLDER = pathlib.Path("/tmp/tls-proxies")
PEM = FOLDER / "example.org.pem"
CLIENT, OTHER, PROXY = "127.0.0.9", "127.0.0.3", "127.0.0.1"
PORTS = {"hitch": 9011, "stunnel": 9012, "haproxy": 9013, "nginx": 9014}
# What makes the document's part of a configuration a whole one.
HAPROXY = """global
    maxconn 100
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
    timeout check 30s
"""
NGINX = f"""worker_processes 1;
pid {FOLDER}/nginx.pid;
error_log {FOLDER}/nginx.log;
events {{ }}
http {{
    access_log off;
"""
# The parts that a test has otherwise.
CHANGES = {"haproxy": [("frontend https\n", HAPROXY + "frontend https\n"),
                       ("bind :443 ", "bind 127.0.0.1:9013 "),
                       ("/etc/haproxy/example.org.pem", str(PEM))],
           "nginx": [("upstream khttpd {", NGINX + "upstream khttpd {"),
                     ("listen 443 ", "listen 127.0.0.1:9014 "),
                     ("/etc/ssl/certs/example.org.pem", str(PEM)),
                     ("/etc/ssl/private/example.org.key", str(PEM))],
           "hitch": [('host = "*"', 'host = "127.0.0.1"'), ('port = "443"', 'port = "9011"'),
                     ("/etc/hitch/example.org.pem", str(PEM))],
           "stunnel": [("accept = 443", "accept = 127.0.0.1:9012"),
                       ("/etc/stunnel/example.org.pem", str(PEM)),
                       ("[https]", "foreground = yes\npid =\n[https]")]}
COMMANDS = {"haproxy": ["haproxy", "-db", "-f", FOLDER / "haproxy.conf"],
            "nginx": ["nginx", "-c", FOLDER / "nginx.conf", "-g", "daemon off;"],
            "hitch": ["hitch", "--config", FOLDER / "hitch.conf"],
            "stunnel": ["stunnel4", FOLDER / "stunnel.conf"]}

pytestmark = [pytest.mark.changes,
              pytest.mark.skipif(not DOCUMENT.exists(), reason="the documents were not given")]


def block_of(language, part):
    """The document's block of this language that has the part, of which there is one."""
    found, = [block for block in re.findall(rf"^```{re.escape(language)}\n(.*?)^```",
                                            DOCUMENT.read_text("utf-8"), re.S | re.M)
              if part in block]
    return found


def by_field(name):
    """Whether it speaks HTTP and tells of the client in a field; else in a header before all."""
    return name in ("haproxy", "nginx")


def write_configuration(name):
    text = block_of(name, " ssl") if by_field(name) else block_of(f"{name}.conf", "")
    for old, new in CHANGES[name]:
        assert text.count(old) == 1, (name, old)
        text = text.replace(old, new)
    text += "}\n" if name == "nginx" else ""
    (FOLDER / f"{name}.conf").write_text(text, "utf-8")


@pytest.fixture(name="certificate", scope="module")
def fixture_certificate():
    FOLDER.mkdir(exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                    "-subj", "/CN=www.example.org", "-addext", "subjectAltName=DNS:www.example.org",
                    "-keyout", FOLDER / "key", "-out", FOLDER / "certificate"], check=True)
    PEM.write_text((FOLDER / "key").read_text() + (FOLDER / "certificate").read_text())
    PEM.chmod(0o600)
    return FOLDER / "certificate"


@pytest.fixture(params=list(PORTS), name="proxy")
def fixture_proxy(request, loaded, certificate):
    """One of them runs in front of khttpd, which is configured as the document says."""
    name = request.param
    write_configuration(name)
    setting = "forwarded" if by_field(name) else "proxy_protocol"
    own = [line for line in block_of("khttpd.conf", setting).splitlines()
           if not line.startswith("bind")]
    assert own[0] == f"{setting} = {PROXY}"
    apply(*own, "[site www.example.org]", "redirect = /* https://www.example.org/* 301")
    with subprocess.Popen(COMMANDS[name]) as program:
        try:
            assert khttpd.wait_for(lambda: listens(PORTS[name]), 30)
            clients()
            yield name
        finally:
            program.terminate()


def clients():
    """Of the replies that nobody has read yet, but for those to the proxy's own checks."""
    return [host for host in hosts() if host != PROXY]


class TlsClient(Client):
    def __init__(self, name, source=CLIENT, **options):
        super().__init__(port=PORTS[name], source=source, **options)
        context = ssl.create_default_context(cafile=FOLDER / "certificate")
        # A proxy without HTTP/2 takes the other.
        context.set_alpn_protocols(["http/1.1"] if by_field(name) else ["h2", "http/1.1"])
        self.sock = context.wrap_socket(self.sock, server_hostname="www.example.org")


def test_address_in_the_log(proxy):
    before = khttpd.status()
    for _ in range(3):
        with TlsClient(proxy) as client:
            for _ in range(3):
                # What the client itself says does not count.
                reply = client.get(request_to("/", "X-Forwarded-For: 1.1.1.1"))
                assert (reply.status, reply.body) == (200, PAGE)
            assert client.sock.selected_alpn_protocol() == (
                None if proxy == "stunnel" else "http/1.1")
    assert clients() == [CLIENT] * 9
    after = khttpd.status()
    assert after["proxy_errors"] == before["proxy_errors"]


def test_no_other_address_by_spoofing(proxy):
    """A header of the client's own is behind the proxy's; from elsewhere there must be none."""
    line = b"PROXY TCP4 1.1.1.1 10.0.0.1 4660 80\r\n"
    with TlsClient(proxy) as client:
        client.send(line + GET)
        # It may be the proxy's own, without the fields that an origin server has to send.
        assert re.match(rb"HTTP/1\.[01] 400 ", client.sock.recv(65536))
    with Client(source=OTHER) as client:
        assert client.get(line + GET).status == 400
    with Client(source=OTHER) as client:
        client.get(request_to("/", "X-Forwarded-For: 1.1.1.1"))
    # What HTTP's proxies refuse themselves does not come here.
    assert clients() == [*([] if by_field(proxy) else [CLIENT]), OTHER, OTHER]


def test_scheme(proxy):
    """They tell of TLS by a field or in version 2; stunnel cannot in version 1."""
    with TlsClient(proxy) as client:
        reply = client.get(b"GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n")
    assert reply.status == (301 if proxy == "stunnel" else 200)
    # Whoever has no TLS is sent there.
    with Client(source=OTHER) as client:
        reply = client.get(b"GET /a?b HTTP/1.1\r\nHost: www.example.org\r\n\r\n")
    assert (reply.status, reply.field("Location")) == (301, "https://www.example.org/a?b")


def test_limits_of_the_client(proxy):
    """They are the client's, not the proxy's."""
    assert khttpd.commit(khttpd.in_force().replace("[site ", f"deny = {CLIENT}\n[site ", 1)) == (
        0, "")
    with TlsClient(proxy) as client, TlsClient(proxy, source=OTHER) as other:
        assert client.get().status == 403
        assert other.get().status == 200
    assert clients() == [CLIENT, OTHER]


@pytest.mark.parametrize("proxy", ["haproxy", "nginx"], indirect=True)
def test_http_2(proxy):
    text = subprocess.run(
        ["curl", "-sS", "--http2", "--interface", CLIENT, "--cacert", FOLDER / "certificate",
         "--resolve", f"www.example.org:{PORTS[proxy]}:127.0.0.1", "-H", "Host: www.example.org",
         "-w", "%{http_version} %{http_code}", f"https://www.example.org:{PORTS[proxy]}/"],
        check=True, stdout=subprocess.PIPE).stdout
    assert text == PAGE + b"2 200"
    assert clients() == [CLIENT]


@pytest.mark.parametrize("proxy", ["haproxy"], indirect=True)
def test_health_check(proxy):
    """It asks for itself; the reply of the document is there for it."""
    assert khttpd.wait_for(lambda: PROXY in hosts(), 20)
    with TlsClient(proxy) as client:
        assert client.get(request_to("/health")).body == b"ok\n"
