# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The layers and rooms of src/ and the tool, as tables, and the check of scripts/lint of them."""
import re

STD_HEADERS = set("""array bit compare concepts cstddef cstdint new optional span string_view tuple
type_traits utility variant atomic""".split())
# What the files of a folder, or a file by itself, may include from src/, by pattern. A folder that
# is not named here has the line of the one above it.
SEAM = r"kapi/kapi(_log|_trace)?\.h$"
KAPI = [r"kapi/\w+\.h$", r"compat/compat\.h$", r"(config|server)/\w+\.def$"]
# Whatever is counted or kept may be told of.
TRACE = r"kapi/observe/trace\.h$"
LAYERS = {
    "src": [r"(base|http|config|server)/", SEAM],
    "src/base": [r"base/"],
    "src/http": [r"base/", r"http/"],
    "src/config": [r"base/", r"http/", r"config/", SEAM],
    "src/server": [r"base/", r"http/", r"config/", r"server/", SEAM],
    "src/server/replies": [r"base/", r"http/", r"config/", r"server/replies/", SEAM],
    "src/server/files": [r"base/", r"http/", r"config/", r"server/(files|replies)/", SEAM],
    "src/compat": [r"compat/"],
    "src/kapi": KAPI + [TRACE],
    "src/kapi/observe": KAPI + [r"kapi/observe/"],
    "src/kapi/fs": KAPI + [TRACE, r"kapi/fs/"],
    "src/kapi/net": KAPI + [r"kapi/(observe|fs|net)/"],
    "src/kapi/control": KAPI + [r"kapi/(observe|fs|net|control)/"],
    "src/kapi/kapi.h": [r"base/types\.h$", r"(config|server)/\w+\.def$", SEAM],
    "src/kapi.c": [r"kapi/.*\.c$"],
    "tools/khttpdctl": [r"\w+\.h$", r"(machine|language)/", r"(base|http|config)/", SEAM],
    "tools/khttpdctl/commands": [r"\w+\.h$", r"(commands|machine|language)/"],
    "tools/khttpdctl/doctor": [r"\w+\.h$", r"(doctor|machine|language)/"],
    "tools/khttpdctl/machine": [r"(exit_status|failure|messages)\.h$", r"machine/",
                                r"language/source\.h$"],
    "tools/khttpdctl/language": [r"language/", r"(base|http|config)/"],
}
# Where a room's headers are looked for, and the rooms that may use all of the standard library.
ROOTS = ["src/", "tools/khttpdctl/"]
HOSTED = "tools/"
# The translation units, by the files that each of them includes. Those of the C unit stand in its
# order: none uses what a later one defines.
UNITS = {
    "src/core.cc": r"^src/(base|http|config|server)/.*\.cc$",
    "src/kapi.c": r"^src/kapi/.*\.c$",
}
ORDERED_UNIT = "src/kapi.c"
MAX_ROOM = 12
KERNEL_HEADERS = r"(linux|net|asm|uapi|trace|crypto|kunit)/"


def without_comments(text):
    """C or C++ text with comments and literals blanked, lines kept."""
    def blank(found):
        word = found.group(0)
        return re.sub(r"[^\n]", " ", word) if word.startswith("/") else '""'
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text,
                  flags=re.S)


def text_of(tree, name):
    """The file's text; empty for one that is not there."""
    return (tree.text(name) or "") if name in tree.names else ""


def allowed_includes(name):
    """The line of LAYERS for the file, by its own name or the nearest folder that has one."""
    while name not in LAYERS:
        name = name.rpartition("/")[0]
    return LAYERS[name]


def later_uses(tree):
    """What uses a function or variable of a later file of the C unit, so that no circle can be."""
    files = [f"src/{found}" for found in
             re.findall(r'^#include "(kapi/.*\.c)"', text_of(tree, ORDERED_UNIT), flags=re.M)]
    defined = {}
    for place, name in enumerate(files):
        text = without_comments(text_of(tree, name))
        for found in re.findall(r"^(?!static\b)[a-z][\w\s*]*?\b(kh_\w+)\s*(?:\([^;]*?\)\n\{|\[.*?\]"
                                r"(?: =|;)|;| = )", text, flags=re.M):
            defined.setdefault(found, place)
        for found in re.findall(r"^DEFINE_\w+\((kh_\w+)\)", text, flags=re.M):
            defined.setdefault(found, place)
    for place, name in enumerate(files):
        for number, line in enumerate(without_comments(text_of(tree, name)).split("\n"), 1):
            for word in re.findall(r"\bkh_\w+", line):
                if defined.get(word, place) > place:
                    yield f"{name}:{number}: {word} is defined later, in {files[defined[word]]}"


def large_rooms(tree):
    """Rooms that have become too large to be looked over; a file and its header count as one."""
    rooms = {}
    for name in tree.match(r"^(src/(kapi|server|config)|tools/khttpdctl)/.*\.(c|h|cc)$"):
        folder, _, file = name.rpartition("/")
        rooms.setdefault(folder, set()).add(file.split(".")[0])
    for folder, files in rooms.items():
        if len(files) > MAX_ROOM:
            yield f"{folder}: {len(files)} files, more than {MAX_ROOM}"


def check_layers(tree):
    """Includes go base <- http <- config <- server -> kapi.h <- kapi/*/*.c, rooms by their table.

    Mend: move the code to the layer or room it belongs to; docs/architecture.md has them
    """
    for name in tree.match(r"^(src|tools/khttpdctl)/.*\.(c|h|cc)$"):
        folder = name.rpartition("/")[0]
        root = next(root for root in ROOTS if name.startswith(root))
        kernel = bool(re.match(r"src/(kapi|compat)(/|$)", folder))
        seen = []
        for number, line in enumerate(tree.lines(name), 1):
            found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if not found:
                continue
            quote, header = found.groups()
            where = f"{name}:{number}: "
            if quote == '"':
                if not any(re.match(pattern, header) for pattern in allowed_includes(name)):
                    yield f"{where}{folder} may not include \"{header}\""
                seen.append(header)
            elif kernel and (re.match(KERNEL_HEADERS, header) or name == "src/kapi/kapi.h"
                             and header in STD_HEADERS):
                continue
            elif kernel or header not in STD_HEADERS and not name.startswith(HOSTED):
                yield f"{where}<{header}> is not allowed here"
        own = name[len(root):-3] + ".h"
        if name.endswith(".cc") and (tree.top / root / own).exists() and seen[:1] != [own]:
            yield f"{name}: the first include is \"{own}\", so that it is seen to stand alone"
        if name in UNITS:
            for file in tree.match(UNITS[name]):
                if file[4:] not in seen:
                    yield f"{name}: does not include {file}"
    yield from later_uses(tree)
    yield from large_rooms(tree)
