# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Clients that compare every byte of what they are answered, in a process of their own:

    pipelines.py PORT SECONDS FOLDER NAME[:TIMES]...

has a connection for each NAME, which asks for that file of the folder TIMES in a row, again as soon
as all is answered. The last line is how often that was, for each of them."""

import os
import re
import select
import socket
import sys
import time

PATIENCE = 60


def undated(replies):
    return re.sub(rb"\r\nDate: [^\r]*", b"", replies)


class Pipeline:
    def __init__(self, port, folder, wanted):
        name, _, times = wanted.partition(":")
        self.wanted = wanted
        request = f"GET /{name} HTTP/1.1\r\nHost: t\r\n\r\n".encode()
        self.requests = request * int(times or 1)
        with open(os.path.join(folder, name), "rb") as file:
            body = file.read()
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.settimeout(PATIENCE)
        self.expected = self.first(request, body) * int(times or 1)
        self.done = 0
        self.ask()

    def first(self, request, body):
        """The reply to a request that comes alone, looked at part by part."""
        self.sock.send(request)
        reply = b""
        while not reply.endswith(b"\r\n\r\n" + body):
            reply += self.more()
        assert reply.startswith(b"HTTP/1.1 200 OK\r\n"), reply
        assert f"\r\nContent-Length: {len(body)}\r\n".encode() in reply, reply
        return reply

    def more(self):
        part = self.sock.recv(1 << 20)
        assert part, "closed"
        return part

    def ask(self):
        self.parts, self.got = [], 0
        self.sock.send(self.requests)

    def readable(self):
        """Takes what came and, when it is all, compares it and asks again."""
        part = self.more()
        self.parts.append(part)
        self.got += len(part)
        if self.got < len(self.expected):
            return
        replies = b"".join(self.parts)
        if replies != self.expected:
            assert undated(replies) == undated(self.expected), "other bytes than asked for"
            self.expected = replies
        self.done += 1
        self.ask()


def main(port, seconds, folder, *wanted):
    poll = select.epoll()
    pipelines = {}
    for one in wanted:
        pipeline = Pipeline(int(port), folder, one)
        pipelines[pipeline.sock.fileno()] = pipeline
        poll.register(pipeline.sock, select.EPOLLIN)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        ready = poll.poll(PATIENCE)
        assert ready, "no answer"
        for fd, _ in ready:
            pipeline = pipelines[fd]
            try:
                pipeline.readable()
            except (OSError, AssertionError) as error:
                sys.exit(f"{pipeline.wanted}: {error}; {pipeline.done} times right, then "
                         f"{pipeline.got} of {len(pipeline.expected)} bytes")
    print(*(pipeline.done for pipeline in pipelines.values()))


if __name__ == "__main__":
    main(*sys.argv[1:])
