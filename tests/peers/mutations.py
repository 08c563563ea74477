# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The requests that every server is sent: the corpus, lists by topic, and changes drawn by a seed.

A case is the bytes of a connection, without the marker that exchange.py sends behind them. Its
family says what is unusual about it, as TOPIC/WHAT; docs/differences.md explains what becomes of
families.
"""

import itertools
import random
import typing

import lists

SEED = 20261129
DRAWN = 2500
PAIRS = 500


class Case(typing.NamedTuple):
    family: str
    name: str
    data: bytes


# What is answered from the body of another request has been taken for a request.
INNER = b"GET /inner.txt HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(INNER), INNER)
LENGTH = b"%d" % len(INNER)
TE = b"Transfer-Encoding: chunked"


def ask(*fields, method=b"GET", target=b"/", version=b"HTTP/1.1", host=b"Host: x", body=b""):
    """A request; fields are whole lines without their ends."""
    head = [method + b" " + target + b" " + version] + ([host] if host is not None else [])
    return b"\r\n".join([*head, *fields, b"", b""]) + body


def text_of(data):
    return data.decode("latin-1").encode("unicode_escape").decode()[:60]


def listed(family, pairs):
    """Cases of (what is unusual, bytes)."""
    return [Case(family, text_of(what), data) for what, data in pairs]


def kind_of(byte):
    """The class of a byte, as far as a grammar of RFC 9110 or 9112 may care."""
    char = chr(byte)
    if char in "\0\r\n\t ":
        return {"\0": "nul", "\r": "cr", "\n": "lf", "\t": "tab", " ": "space"}[char]
    if byte < 32 or byte == 127:
        return "control"
    if byte >= 128:
        return "high"
    if char.isalnum():
        return "alphanumeric"
    return "token-mark" if char in "!#$%&'*+-.^_`|~" else "delimiter"


# All that a grammar may tell apart, and some of those that none does.
SORTS_OF_BYTES = [byte for byte in range(256)
                  if kind_of(byte) not in ("alphanumeric", "high")] + list(b"0x") + [
                      0x80, 0x85, 0xa0, 0xad, 0xc3, 0xff]


# --- by topic ---

def request_lines():
    cases = listed("method/other", ((m, ask(method=m)) for m in lists.METHODS))
    cases += listed("method/body", ((m, ask(b"Content-Length: " + LENGTH, method=m, body=INNER))
                                    for m in lists.METHODS[:lists.WELL_FORMED_METHODS]))
    cases += listed("version/other", ((v, ask(version=v)) for v in lists.VERSIONS))
    cases += listed("version/none", ((line, line + b"\r\nHost: x\r\n\r\n")
                                     for line in (b"GET /", b"GET / ", b"GET", b"GET /inner.txt")))
    for what, line in lists.REQUEST_LINES:
        cases.append(Case("request-line/" + what, text_of(line), line + b"Host: x\r\n\r\n"))
    return cases


def targets():
    cases = []
    for family, values in lists.TARGETS.items():
        cases += listed("target/" + family, ((t, ask(target=t)) for t in values))
    for byte in SORTS_OF_BYTES:
        one, kind = bytes([byte]), kind_of(byte)
        cases += listed(f"target-path-byte/{kind}", [(one, ask(target=b"/a" + one + b"b"))])
        cases += listed(f"target-query-byte/{kind}", [(one, ask(target=b"/?a" + one + b"b"))])
        one = b"%%%02x" % byte
        cases += listed("target-percent/byte", [(one, ask(target=b"/a" + one + b"b"))])
    for size in (255, 256, 1000, 4000, 4094, 4096, 8000, 8192, 8193, 9000, 16000, 40000):
        cases.append(Case("target/long-path", str(size), ask(target=b"/" + b"a" * (size - 1))))
        cases.append(Case("target/long-query", str(size), ask(target=b"/?" + b"a" * (size - 2))))
    return cases


def hosts():
    cases = []
    for family, values in lists.HOSTS.items():
        cases += listed("host/" + family, ((v, ask(host=b"Host: " + v)) for v in values))
    for byte in SORTS_OF_BYTES:
        one = bytes([byte])
        cases += listed(f"host-byte/{kind_of(byte)}", [(one, ask(host=b"Host: a" + one + b"b"))])
    cases += listed("host/absent", [(v, ask(host=None, version=v))
                                    for v in (b"HTTP/1.1", b"HTTP/1.0")])
    cases += listed("host/twice", [
        (b"same", ask(b"Host: x")), (b"other", ask(b"Host: y")), (b"empty", ask(b"Host:")),
        (b"1.0", ask(b"Host: y", version=b"HTTP/1.0"))])
    cases += listed("host/absolute-form", [
        (b"other", ask(target=b"http://y/")), (b"none", ask(target=b"http://x/", host=None)),
        (b"empty", ask(target=b"http://x/", host=b"Host:")),
        (b"bad", ask(target=b"http://x/", host=b"Host: a b"))])
    return cases


def lengths():
    """Taken as it is meant, the inner request is a body; taken for 0, it is a request."""
    cases = []
    for method in (b"GET", b"POST", b"HEAD"):
        for family, values in lists.lengths(LENGTH).items():
            for value in values:
                field = b"Content-Length:" + value
                cases.append(Case("length/" + family, text_of(method + value),
                                  ask(field, method=method, body=INNER)))
    for line in lists.named(b"Content-Length", LENGTH):
        cases.append(Case("length/name", text_of(line), ask(line, body=INNER)))
    for one, other in itertools.product((LENGTH, b"0", b"5", b"", b"x"), repeat=2):
        cases.append(Case("length/twice-same" if one == other else "length/twice-other",
                          text_of(one + b" " + other),
                          ask(b"Content-Length: " + one, b"Content-Length: " + other, body=INNER)))
    for byte in SORTS_OF_BYTES:
        one = bytes([byte])
        cases.append(Case(f"length-byte/{kind_of(byte)}", text_of(one),
                          ask(b"Content-Length: " + one + LENGTH, body=INNER)))
        cases.append(Case(f"length-end-byte/{kind_of(byte)}", text_of(one),
                          ask(b"Content-Length: " + LENGTH + one, body=INNER)))
    return cases


def codings():
    """With Content-Length: by length the inner request is a body, by chunks a request."""
    hidden = b"0\r\n\r\n" + INNER
    both = b"Content-Length: %d" % len(hidden)
    cases = []
    for family, values in lists.CODINGS.items():
        for value in values:
            field = b"Transfer-Encoding:" + value
            name = text_of(value)
            cases += [
                Case("coding/" + family, name, ask(field, body=CHUNKED)),
                Case("coding-post/" + family, name, ask(field, method=b"POST", body=CHUNKED)),
                Case("coding-1.0/" + family, name, ask(field, version=b"HTTP/1.0", body=CHUNKED)),
                Case("coding-length/" + family, name, ask(field, both, body=hidden)),
                Case("length-coding/" + family, name, ask(both, field, body=hidden))]
    for line in lists.named(b"Transfer-Encoding", b"chunked"):
        cases.append(Case("coding/name", text_of(line), ask(line, body=CHUNKED)))
        cases.append(Case("coding-length/name", text_of(line), ask(line, both, body=hidden)))
    for one, other in itertools.product((b"chunked", b"identity", b"gzip", b"x", b""), repeat=2):
        fields = [b"Transfer-Encoding: " + one, b"Transfer-Encoding: " + other]
        cases.append(Case("coding/twice", text_of(one + b" " + other), ask(*fields, body=CHUNKED)))
    return cases


def fields():
    cases = []
    for family, lines in lists.FIELDS.items():
        cases += listed("field/" + family, ((line, ask(line)) for line in lines))
    for byte in SORTS_OF_BYTES:
        one = bytes([byte])
        cases.append(Case(f"field-name-byte/{kind_of(byte)}", text_of(one),
                          ask(b"X-a" + one + b"b: c")))
        cases.append(Case(f"field-value-byte/{kind_of(byte)}", text_of(one),
                          ask(b"X-a: b" + one + b"c")))
    for count in (50, 95, 120, 300, 1200):
        cases.append(Case("field/many", str(count), ask(*[b"X-%d: y" % n for n in range(count)])))
    for size in (1000, 4000, 8000, 15000, 17000, 40000, 70000):
        cases.append(Case("field/long", str(size), ask(b"X-a: " + b"b" * size)))
    head = [b"GET / HTTP/1.1", b"Host: x", b"X-a: b", b""]
    for what, end in lists.LINE_ENDS:
        for at in range(len(head)):
            ends = [b"\r\n"] * len(head)
            ends[at] = end
            cases.append(Case(f"line-end/{what}", str(at),
                              b"".join(line + e for line, e in zip(head, ends))))
        cases.append(Case(f"line-end/{what}", "all", b"".join(line + end for line in head)))
    return cases


def chunks():
    def case(family, name, body):
        return Case("chunk/" + family, text_of(name), ask(TE, body=body))
    cases = []
    end = b"\r\n0\r\n\r\n"
    for family, sizes in lists.CHUNK_SIZES.items():
        cases += [case(family, size, size + b"hello" + end) for size in sizes]
    cases += [case("data-end", e, b"5\r\nhello" + e + b"0\r\n\r\n") for e in lists.DATA_ENDS]
    for family, ends in lists.LAST_CHUNKS.items():
        cases += [case(family, last, b"5\r\nhello\r\n" + last) for last in ends]
    for byte in SORTS_OF_BYTES:
        one = bytes([byte])
        kind = kind_of(byte)
        cases += [case(f"size-byte-{kind}", one, b"5" + one + b"\r\nhello" + end),
                  case(f"extension-byte-{kind}", one, b"5;a" + one + b"b\r\nhello" + end),
                  case(f"data-end-byte-{kind}", one, b"5\r\nhello" + one + b"\r\n0\r\n\r\n"),
                  case(f"trailer-byte-{kind}", one, b"5\r\nhello\r\n0\r\nX" + one + b": y\r\n\r\n")]
    return cases


def rest():
    cases = []
    for family, values in lists.VALUES.items():
        field = family.partition("/")[0].encode() + b": "
        cases += listed(family.lower(), ((v, ask(field + v, target=b"/file.txt")) for v in values))
    for version in (b"HTTP/1.0", b"HTTP/1.1"):
        cases += listed("connection/" + version.decode().lower().replace("/", "-"), (
            (v, ask(b"Connection: " + v, version=version)) for v in lists.CONNECTIONS))
    for body in (b"", INNER):
        cases += listed("expect/" + ("body" if body else "none"), (
            (v, ask(b"Expect: " + v, b"Content-Length: %d" % len(body), body=body))
            for v in lists.EXPECTATIONS))
    cases += [Case("other-protocol/" + what, what, data) for what, data in lists.PROTOCOLS]
    return cases


# --- drawn by the seed ---

BASES = {
    "get": ask(b"Accept: */*", b"User-Agent: a", target=b"/file.txt"),
    "range": ask(b"Range: bytes=10-19", target=b"/file.txt"),
    "condition": ask(b"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", target=b"/file.txt"),
    "length": ask(b"Content-Length: " + LENGTH, body=INNER),
    "chunked": ask(TE, body=CHUNKED),
    "chunked-twice": ask(TE, body=b"3;a=b\r\nabc\r\n" + CHUNKED[:-2] + b"T: u\r\n\r\n"),
    "both": ask(TE, b"Content-Length: 5", body=b"0\r\n\r\n"),
    "old": ask(b"Connection: keep-alive", version=b"HTTP/1.0"),
    "absolute": ask(target=b"http://x/file.txt?a=b"),
}
BYTES = [0, 9, 10, 11, 13, 32, 34, 35, 37, 43, 44, 45, 47, 48, 53, 58, 59, 61, 64, 92, 97, 127, 133,
         160, 255]


def place_of(data, at):
    """What stands there in a request: the name of a place in it."""
    head = data.find(b"\r\n\r\n")
    if at >= head + 4:
        return "body"
    start = data.rfind(b"\r\n", 0, at) + 2 if at > 1 and b"\r\n" in data[:at] else 0
    end = data.find(b"\r\n", start)
    if at >= end:
        return "line-end"
    if start == 0:
        return ("method", "target", "version")[min(data[:at].count(b" "), 2)]
    name, _, _ = data[start:end].partition(b":")
    return ("name-of-" if at <= start + len(name) else "") + name.decode().lower()


def drawn(random_source, count):
    """One byte put in, exchanged or left out, or a line doubled."""
    cases = []
    for number in range(count):
        base = random_source.choice(sorted(BASES))
        data = BASES[base]
        at = random_source.randrange(len(data))
        byte = random_source.choice(BYTES)
        how = random_source.choice(("insert", "insert", "replace", "replace", "remove", "double"))
        place = place_of(data, at)
        if how == "double":
            lines = data.split(b"\r\n")
            line = data[:at].count(b"\r\n")
            data = b"\r\n".join(lines[:line + 1] + lines[line:])
        else:
            data = data[:at] + (b"" if how == "remove" else bytes([byte])) + \
                data[at + (how != "insert"):]
        what = how if how in ("remove", "double") else f"{how}-{kind_of(byte)}"
        cases.append(Case(f"drawn-{base}/{place}/{what}", str(number), data))
    return cases


def pairs(random_source, count):
    """Several fields that frame, in any order, before a body that can be read in both ways."""
    cases = []
    for number in range(count):
        chosen = random_source.sample(lists.FRAMING, random_source.choice((2, 2, 3)))
        lines = [line.replace(b"@", LENGTH) for _, line in chosen]
        body = random_source.choice((INNER, CHUNKED, b"0\r\n\r\n" + INNER, b""))
        version = random_source.choice((b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"))
        names = "+".join(sorted({name for name, _ in chosen}))
        cases.append(Case(f"pairs/{names}", str(number), ask(*lines, version=version, body=body)))
    return cases


# --- the corpus ---

def corpus_cases(cases):
    """As a connection's bytes, or as the value of a request that has it."""
    made = []
    for case in cases:
        family = f"corpus-{case.file}/{case.kind}"
        if case.kind in ("stream", "reply", "condition"):
            data = case.data
        elif case.kind == "path":
            data = ask(target=case.data)
        elif case.kind == "range":
            data = ask(b"Range: " + case.data.partition(b" ")[2], target=b"/file.txt")
        elif case.kind == "date":
            data = ask(b"If-Modified-Since: " + case.data, target=b"/file.txt")
        elif case.kind == "coding":
            data = ask(b"Accept-Encoding: " + case.data, target=b"/file.txt")
        else:
            continue
        made.append(Case(family, case.name, data))
    return made


def all_cases(corpus, seed=SEED):
    """Each once, by its bytes; `corpus` are the cases of tests/corpus."""
    source = random.Random(seed)
    cases = (corpus_cases(corpus) + request_lines() + targets() + hosts() + lengths() + codings() +
             fields() + chunks() + rest() + drawn(source, DRAWN) + pairs(source, PAIRS))
    return list({case.data: case for case in reversed(cases)}.values())[::-1]
