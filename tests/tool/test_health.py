# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""health: asks whoever listens on the server's port."""
import socket
import threading
import time

from machine import Machine
from support import GOOD, USAGE


class Health(Machine):
    def serve(self, reply, family=socket.AF_INET, address="127.0.0.1"):
        """One connection that gets this reply, and the port that it is on."""
        self.asked = b""
        listener = socket.socket(family)
        listener.bind((address, 0))
        listener.listen()

        def answer():
            connection, _ = listener.accept()
            with connection, listener:
                self.asked = connection.recv(4096)
                if reply is None:
                    time.sleep(3)
                else:
                    connection.sendall(reply)
        threading.Thread(target=answer, daemon=True).start()
        return listener.getsockname()[1]

    def server(self, status, bind="*", **more):
        reply = None if status is None else f"HTTP/1.1 {status} X\r\n\r\n".encode()
        port = self.serve(reply, **more)
        self.loaded(config=f"port = {port}\nbind = {bind}\n")
        self.put("proc/thread-self/net/khttpd/status", f"port {port}\nlisteners 1\n")
        return port

    def test_answers(self):
        for status, args, result in ((200, [], 0), (404, [], 0), (503, [], 1), (200, ["/x"], 0),
                                     (301, ["/x"], 0), (404, ["/x"], 1)):
            port = self.server(status)
            done = self.expect(result, "health", *args)
            self.assertEqual(done.err if result else done.out,
                             f"khttpdctl: 127.0.0.1 port {port} answers with {status}\n")
            path = args[0] if args else "/"
            self.assertTrue(self.asked.startswith(f"GET {path} HTTP/1.1\r\nHost: ".encode()))

    def test_quiet(self):
        self.server(200)
        done = self.expect(GOOD, "-q", "health")
        self.assertEqual((done.out, done.err), ("", ""))

    def test_addresses(self):
        port = self.server(200, '"::1, 192.0.2.1"', family=socket.AF_INET6, address="::1")
        self.expect(GOOD, "health", out=f"::1 port {port} answers")
        port = self.server(200, "127.0.0.2", address="127.0.0.2")
        self.expect(GOOD, "health", out=f"127.0.0.2 port {port} answers")
        port = self.server(200, "::", family=socket.AF_INET6, address="::1")
        self.expect(GOOD, "health", out=f"::1 port {port} answers")
        port = self.server(200, '"*"', family=socket.AF_INET6, address="::1")
        self.expect(GOOD, "health", out=f"::1 port {port} answers")

    def test_devices(self):
        """From the device that is named, at its own address where none is said."""
        port = self.server(200, "127.0.0.2%lo", address="127.0.0.2")
        self.expect(GOOD, "health", out=f"127.0.0.2%lo port {port} answers")
        port = self.server(200, '"*%nosuch, ::1%lo"', family=socket.AF_INET6, address="::1")
        self.expect(GOOD, "health", out=f"::1%lo port {port} answers")
        self.server(200, "127.0.0.1%nosuch")
        self.expect(1, "health", err="127.0.0.1%nosuch port ")
        self.expect(1, "health", err=": No such device")
        for bind, family in (("*%lo", socket.AF_INET), ("0.0.0.0%lo", socket.AF_INET),
                             ("::%lo", socket.AF_INET6)):
            address = "127.0.0.1" if family == socket.AF_INET else "::1"
            port = self.server(200, bind, family=family, address=address)
            self.expect(GOOD, "health", out=f"{address}%lo port {port} answers")
        self.server(200, "*%nosuch")
        self.expect(1, "health", err="*%nosuch has no address that this machine could ask")

    def test_as_a_proxy(self):
        """Where this machine's address is one of a proxy, which names its clients first."""
        two = "proxy_protocol = 192.0.2.1\nproxy_protocol = ::1 127.0.0.0/8\n"
        for lines, named in ((two, True), ("proxy_protocol = all\n", True),
                             ("proxy_protocol = ::/0\n", False), ("forwarded = all\n", False),
                             ("proxy_protocol = \"127.0.0.1\"\n", True),
                             ("[site a]\nproxy_protocol = all\n", False)):
            port = self.server(200)
            self.loaded(config=f"port = {port}\nbind = *\n{lines}")
            self.put("proc/thread-self/net/khttpd/status", f"port {port}\nlisteners 1\n")
            self.expect(GOOD, "health")
            begin = b"PROXY UNKNOWN\r\nGET / " if named else b"GET / "
            self.assertTrue(self.asked.startswith(begin), (lines, self.asked))

    def test_no_answer(self):
        self.server(None)
        self.expect(1, "health", "--timeout", "1", err="Connection timed out")
        port = self.serve(b"")
        self.put("proc/thread-self/net/khttpd/status", f"port {port}\nlisteners 1\n")
        self.expect(1, "health", err="closed without a reply")
        self.put("proc/thread-self/net/khttpd/status", f"port {port}\nlisteners 1\n")
        self.expect(1, "health", err="Connection refused")
        port = self.serve(b"SSH-2.0-OpenSSH_9\r\n")
        self.put("proc/thread-self/net/khttpd/status", f"port {port}\nlisteners 1\n")
        self.expect(1, "health", err="the reply is not HTTP")

    def test_not_running(self):
        self.expect(1, "health", err="khttpd is not running")
        self.loaded(0)
        self.expect(1, "health", err="khttpd is not running")

    def test_usage(self):
        for args in (["x"], ["/a b"], ["--timeout", "0"], ["--timeout", "x"]):
            self.expect(USAGE, "health", *args, err="see khttpdctl --help")
