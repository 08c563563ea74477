# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""khttpdctl and the module think alike of configurations: of those in tests/corpus and of what
fuzzers found, in the language and in the canonical form. verdicts.cc has the tool's verdict in the
builder's words, which are compared with the module's; the tool itself is asked as well."""

import contextlib
import glob
import os
import re
import shutil
import subprocess
import sys
import typing

import pytest

import khttpd
import system

TOOL, VERDICTS = "/input/given/khttpdctl", "/input/given/verdicts"
FUZZ, CORPUS = "/input/given/fuzz", "/input/corpus"
PLACE, ROOTS, NOWHERE = "/tmp/verdicts", "/tmp/verdicts-roots", "/nowhere"
GOOD, BAD = 0, 78
STEP = 6 if khttpd.DEBUG else 1
# Settings whose value is the rest of the line (docs/language.md).
TEXTS = ("bind", "body", "docroot", "routes", "error_pages", "cache_control", "precompressed",
         "charset")
# Bytes of the mistakes that the module tells.
TOLD = 8000

pytestmark = [pytest.mark.skipif(not os.path.exists(TOOL), reason="khttpdctl was not given"),
              pytest.mark.changes, pytest.mark.usefixtures("unloaded")]


class Text(typing.NamedTuple):
    """What is written to the module, and what the tool's builder says of it."""
    name: str
    text: str
    told: str


class Entry(typing.NamedTuple):
    """A configuration in the language. What of it was understood is a text."""
    path: str
    source: str
    text: Text
    understood: bool


def as_nobody(*command):
    return subprocess.run(command, user=65534, group=65534, extra_groups=[], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def read(path):
    with open(path, "rb") as file:
        return os.fsdecode(file.read())


def judge(form, sources):
    """The tool's verdicts on sources by name, in their order, without root."""
    paths = [f"{PLACE}/{form}-{name}" for name in sources]
    for path, source in zip(paths, sources.values()):
        with open(path, "wb") as file:
            file.write(os.fsencode(source))
    done = as_nobody(VERDICTS, form, *paths)
    assert done.returncode == 0, done.stderr
    return [Entry(path, source, Text(name, read(path + ".canonical"), read(path + ".told")),
                  not os.path.exists(path + ".told-first"))
            for path, (name, source) in zip(paths, sources.items())]


def found(kind):
    return {f"{kind}-{os.path.basename(path)}": read(path)
            for path in sorted(glob.glob(f"{FUZZ}/{kind}/*"))}


def configurations_of_the_corpus():
    sys.path.insert(0, CORPUS)
    import corpus
    return {case.name: os.fsdecode(case.data) for case in corpus.load(kind="config")}


def words_of(text):
    return [part[1:-1] if part[0] == '"' else part
            for part in re.findall(r'"[^"]*"|[^ \t"]+', text)]


def respelled(line):
    """A line of the language in the canonical form that is nearest to it, whatever it says."""
    if line[0] == "[":
        words = words_of(line[1:].rstrip("]")) or [""]
        return "[" + " ".join([words[0], *map(khttpd.word, words[1:])]) + "]\n"
    name, equals, value = (part.strip(" \t") for part in line.partition("="))
    words = [value] if name in TEXTS else words_of(value)
    return name + (" = " if equals else "") + " ".join(map(khttpd.word, words)) + "\n"


def as_canonical(source):
    lines = [line.strip(" \t\r") for line in source.split("\n")]
    return "".join(respelled(line) for line in lines if line and line[0] != "#")


@pytest.fixture(name="entries", scope="module")
def fixture_entries():
    """Configurations in the language, as judged without root."""
    shutil.rmtree(PLACE, ignore_errors=True)
    os.mkdir(PLACE)
    os.chown(PLACE, 65534, 65534)
    yield judge("language", {"example": read("/input/given/examples/three-hosts.conf"),
                             **found("language"), **found("configuration"),
                             **configurations_of_the_corpus()})
    shutil.rmtree(PLACE)


@pytest.fixture(name="texts", scope="module")
def fixture_texts(entries):
    """Different texts in the canonical form: what was understood of the entries; entries that were
    not, as they are; and what was found in that form."""
    refused = {entry.text.name: as_canonical(entry.source)
               for entry in entries if not entry.understood}
    places = {name: source.replace("ROOT", ROOTS) + ("" if source[-1:] in ("", "\n") else "\n")
              for name, source in found("places").items()}
    as_they_are = judge("canonical", {**refused, **places})
    accepted = [entry.text.name for entry in as_they_are[:len(refused)] if not entry.text.told]
    assert not accepted, "the tool refuses what the module accepts"
    all_texts = [entry.text for entry in entries + as_they_are]
    return list({text.text: text for text in all_texts}.values())


@contextlib.contextmanager
def made(paths):
    """Directories, which go again but for those that were there."""
    new = []
    for path in sorted(paths):
        if os.path.exists(path):
            continue
        top = path
        while not os.path.exists(os.path.dirname(top)):
            top = os.path.dirname(top)
        new.append(top)
        os.makedirs(path)
    try:
        yield
    finally:
        for path in reversed(new):
            shutil.rmtree(path)


def some(of_all, step):
    """Of so many one where time is short, always the same."""
    return of_all[::1 if khttpd.WHOLE else step]


def is_good(entry):
    return entry.understood and not entry.text.told


@pytest.mark.long("debug")
def test_check_needs_neither_module_nor_root(entries):
    good_ones = [entry for entry in entries if is_good(entry)]
    assert len(good_ones) > 10 and len(entries) > 600
    wrong = []
    for entry in some(good_ones, STEP) + some(entries, 10 * STEP):
        good = is_good(entry)
        done = as_nobody(TOOL, "check", "-q", entry.path)
        if done.returncode != (GOOD if good else BAD):
            wrong.append((entry.text.name, done))
        shown = as_nobody(TOOL, "show", "--canonical", "-q", entry.path) if good else None
        if good and os.fsdecode(shown.stdout) != entry.text.text:
            wrong.append((entry.text.name, shown))
    assert not wrong


def roots_of(text):
    """The document roots that a text names, each with the number of its first line."""
    roots = {}
    for number, line in enumerate(text.split("\n"), 1):
        name, _, value = line.partition(" = ")
        if name == "docroot" and value not in ("", '""'):
            roots.setdefault(re.sub(r"\\(.)", r"\1", value.strip('"')), number)
    return roots


@contextlib.contextmanager
def devices(texts):
    """Network devices by the names that bind has in good texts; they go again."""
    names = {name for text in texts if not text.told
             for line in text.text.split("\n") if line.startswith("bind = ")
             for name in re.findall(r"%([^,\s\"]+)", line)}
    new = sorted(name for name in names if not os.path.exists("/sys/class/net/" + name))
    for name in new:
        subprocess.run(["ip", "link", "add", "name", name, "type", "dummy"], check=True)
    try:
        yield
    finally:
        for name in new:
            subprocess.run(["ip", "link", "del", "dev", name], check=True)


@contextlib.contextmanager
def any_address():
    """As if all addresses were this machine's, to be listened on."""
    with system.setting("/proc/sys/net/ipv4/ip_nonlocal_bind", "1"), \
            system.setting("/proc/sys/net/ipv6/ip_nonlocal_bind", "1"):
        yield


def told_by_module(text):
    """Nothing where it was put into force."""
    result, mistakes = khttpd.commit(text)
    assert bool(result) == bool(mistakes), (text, result)
    return mistakes


def test_the_module_judges_alike(texts):
    tried = some(texts, STEP)
    roots = {root for text in tried for root in roots_of(text.text) if root[0] == "/"}
    assert khttpd.load(start=0) == 0
    with made(roots), any_address(), devices(tried):
        others = [(text, told) for text in tried
                  if (told := told_by_module(text.text))[:TOLD] != text.told[:TOLD]]
    assert not others, "\n".join(map(str, others[:5]))
    good = sum(not text.told for text in tried)
    assert good > 60 / STEP and len(tried) - good > 600 / STEP


def test_roots_that_are_nowhere(texts):
    """The module alone opens document roots. It refuses for those that are missing, and then makes
    no replies, so that it does not tell what is wrong with these."""
    tried = some([text for text in texts if roots_of(text.text)], STEP)
    elsewhere = {text.name: re.sub(r'^docroot = ("?)/', rf"docroot = \1{NOWHERE}/", text.text,
                                   flags=re.M) for text in tried}
    assert khttpd.load(start=0) == 0
    others, refused_for_them = [], 0
    for text in (entry.text for entry in judge("canonical", elsewhere)):
        told = told_by_module(text.text)
        missing = list(map(int, re.findall(r"^(\d+): docroot=.*: no such directory$", told, re.M)))
        if missing == list(roots_of(text.text).values()) and len(missing) == told.count("\n"):
            refused_for_them += 1
        elif not text.told or told[:TOLD] != text.told[:TOLD]:
            others.append((text, told))
    assert not others, "\n".join(map(str, others[:5]))
    assert refused_for_them > 10 / STEP
