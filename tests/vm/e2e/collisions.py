# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Names for which the kernel's jhash() with a seed of 0 has one value, of its 32 bits."""

import struct

WORD = 0xffffffff
# jhash() begins with this and the length.
BEGIN = 0xdeadbeef
ROTATIONS = (4, 6, 8, 16, 19, 4)
BLOCK = struct.Struct("<III")
# Behind the name and, which is the end of the cache's key, a byte for the coding.
END = b"x", b"\0"
# What a name cannot have, and what a path in a request cannot.
REFUSED = set(b"\0/%")


def rotate(word, by):
    return (word << by | word >> 32 - by) & WORD


def mix(a, b, c):
    for by in ROTATIONS:
        a = (a - c & WORD) ^ rotate(c, by)
        a, b, c = b, c + b & WORD, a
    return a, b, c


def unmix(a, b, c):
    for by in reversed(ROTATIONS):
        a, b, c = c, a, b
        c = c - b & WORD
        a = (a ^ rotate(c, by)) + c & WORD
    return a, b, c


def colliding(folder, count):
    """
    So many names in the folder, whose path is as it is asked for. A key is two blocks and an end:
    the first is any, and the second makes of it the state that is the same for all.
    """
    begin = (folder + "/").encode()
    length = 2 * BLOCK.size + sum(map(len, END))
    wanted = unmix(1, 2, 3)
    names = []
    number = 0
    while len(names) < count:
        first = begin + b"%0*d" % (BLOCK.size - len(begin), number)
        number += 1
        state = mix(*(BEGIN + length + word & WORD for word in BLOCK.unpack(first)))
        second = BLOCK.pack(*(want - have & WORD for want, have in zip(wanted, state)))
        if not REFUSED & set(second):
            names.append(first[len(begin):] + second + END[0])
    return names
