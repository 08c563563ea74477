#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A server that answers at once, and stands still for half of a second out of every two: what a
client must tell of it is known, so that a client can be tried. On port 9912, for 15 seconds."""
import asyncio
import collections
import time

PORT = 9912
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello World!\n"


class Answers(asyncio.Protocol):
    start = None
    seen = collections.Counter()   # requests, by the hundredth of a second in which they came

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        now = time.monotonic()
        Answers.start = Answers.start or now
        count = data.count(b"\r\n\r\n")
        self.seen[int((now - Answers.start) * 100) % 100] += count
        self.transport.write(REPLY * count)


async def main():
    await asyncio.get_running_loop().create_server(Answers, "127.0.0.1", PORT)
    end = time.monotonic() + 15
    while time.monotonic() < end:
        await asyncio.sleep(1.5)
        # Nothing is answered meanwhile.
        time.sleep(0.5)
    busiest = sum(count for _, count in Answers.seen.most_common(3))
    print(f"{sum(Answers.seen.values())} requests, {busiest} of them in the three fullest "
          "hundredths of a second")


if __name__ == "__main__":
    asyncio.run(main())
