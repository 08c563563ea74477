# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
The running module under libFuzzer (tests/fuzz/wire), which starts from the corpus.

tests/fuzz/wire/run does it for any time, and tries single inputs again.
"""

import base64
import gzip
import os
import random
import re
import shutil
import subprocess
import tarfile

import pytest

import access_log
import khttpd
from folder import Folder, content
from system import setting

WIRE = "/input/wire/"
GIVEN = "/input/given/"
ROOT = "/tmp/fuzzed-site"
# What the fuzzer takes for the site; the server sends the same from elsewhere.
COPY = "/tmp/fuzzed-copy"
FOUND = "/tmp/fuzzed-found"
SEEDS = "/tmp/fuzzed-seeds"
# On the debug kernel a second is enough for ten runs or more.
SEEDS_A_SECOND = 3
LAST_DISK = "/dev/vdc"
RESULTS = "/results/"
SITE = Folder(ROOT)
ROUTES = ("/route 200 text/plain 'a route\n' ; /moved 301 /page.txt ; /none 204 ; "
          "/busy 503 text/plain 'busy\n' retry=5").replace("\n", "\\n")
SECONDS = int(os.environ.get("KH_WIRE_SECONDS") or (60 if khttpd.DEBUG else 10))
# So little is kept for a client that does not read that a few replies do not fit.
BUFFERS = ("/proc/sys/net/ipv4/tcp_wmem", "4096 16384 131072")
# The server's limits of time, and the longest that a peer sees nothing between two of them.
LIMIT = 2

pytestmark = [
    pytest.mark.timeout(SECONDS + 600),
    pytest.mark.skipif(not os.path.exists(WIRE), reason="the fuzzer was not brought"),
    pytest.mark.params(docroot=ROOT, autoindex=1, access_log=1, routes=ROUTES,
                       error_pages="404=/404.html", cache_max_file=64, max_requests=100,
                       max_body_size=100000, header_timeout=LIMIT, body_timeout=LIMIT,
                       keepalive_timeout=LIMIT, linger_timeout=LIMIT, send_timeout=LIMIT),
]


@pytest.fixture(scope="module", autouse=True)
def site():
    with SITE, setting(*BUFFERS):
        for name, size in (("empty", 0), ("small", 10), ("medium", 20000), ("large", 300000)):
            SITE.write(name + ".bin", content(size))
        SITE.write("page.txt", b"the known page\n")
        SITE.write("index.html", b"<!DOCTYPE html><title>top</title>\n")
        SITE.write("404.html", b"<!DOCTYPE html><title>not here</title>\n")
        SITE.write("dir/page.txt", b"in a directory\n")
        SITE.write("coded.txt", b"coded\n" * 1000)
        SITE.write("coded.txt.gz", gzip.compress(b"coded\n" * 1000), age=30)
        SITE.write("secret.txt", b"SECRET\n")
        os.mkdir(ROOT + "/empty")
        shutil.copytree(ROOT, COPY)
        with Folder(COPY + "/routes") as routes:
            routes.write("route", b"a route\n")
            os.chmod(ROOT + "/secret.txt", 0o600)
            os.unlink(COPY + "/secret.txt")
            SITE.settle()
            yield
        shutil.rmtree(COPY)


class Run:
    """What a run of the fuzzer printed."""

    def __init__(self, *arguments, blind=False, site=COPY, disk=LAST_DISK):
        environment = {
            **os.environ, "KH_WIRE_SITE": site, "KH_WIRE_PORT": str(khttpd.PORT),
            "KH_WIRE_PATIENCE": str(int(khttpd.scaled(10) * 1000)),
            "KH_WIRE_LIMIT": str(LIMIT * 1000)}
        if blind:
            environment["KH_WIRE_BLIND"] = "1"
        if os.path.exists(disk):
            environment["KH_WIRE_LAST"] = disk
        done = subprocess.run(
            [WIRE + ("fuzz_blind" if blind else "fuzz_wire"), "-max_len=4096",
             "-print_final_stats=1", "-detect_leaks=0",
             "-timeout=300", "-rss_limit_mb=700", "-artifact_prefix=" + RESULTS + "wire-",
             *arguments],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, check=False)
        self.output = done.stderr.decode("utf-8", "replace")
        self.status = done.returncode
        self.runs = self._number(r"stat::number_of_executed_units: *(\d+)")
        self.seeds = self._number(r"#(\d+)\s+INITED")
        self.features = self._number(r"DONE .* ft: (\d+)")
        self.inputs = self._number(r"DONE .* corp: (\d+)")
        self.before = self._number(r"INITED .* corp: (\d+)")
        self.kinds = self._number(r"wire: .* (\d+) kinds of behaviour")

    def _number(self, pattern):
        found = re.findall(pattern, self.output)
        return int(found[-1]) if found else 0

    def artifact(self):
        """The path of the input that it kept, or None."""
        found = re.findall(r"Test unit written to (\S+)", self.output)
        return found[-1] if found else None

    def told(self):
        """Why it failed, and the input so that it can be tried again."""
        text = "\n".join(re.findall(r"^(?:wire: |==|Test unit|stat::|SUMMARY).*", self.output,
                                    re.MULTILINE)) or self.output[-2000:]
        if self.artifact():
            with open(self.artifact(), "rb") as file:
                text += "\ninput, in base64: " + base64.b64encode(file.read()).decode()
        return text

    def __str__(self):
        return (f"{self.runs} runs ({self.seeds} of seeds), {self.features} features, "
                f"{self.inputs} inputs kept ({self.before} of seeds), "
                f"{self.kinds} kinds of behaviour")


def given(kind=os.path.isfile):
    """Inputs to try again, or folders of what was found before."""
    names = sorted(os.listdir(GIVEN)) if os.path.isdir(GIVEN) else []
    return [GIVEN + name for name in names if kind(GIVEN + name)]


def some_seeds(folder):
    """
    Puts into the folder as many as leave half of the time: all scripts are among them, and of what
    was found before as many as of the corpus, as each run finds more.
    """
    names = [WIRE + "seeds/" + name for name in os.listdir(WIRE + "seeds")]
    before = [os.path.join(path, name) for path in given(os.path.isdir)
              for name in os.listdir(path)]
    for some in (names, before):
        random.shuffle(some)
    names.sort(key=lambda path: not os.path.basename(path).startswith("script."))
    most = SEEDS_A_SECOND * SECONDS // 2
    for path in names[:2 * most - min(most, len(before))] + before[:most]:
        shutil.copy(path, folder)


def keep_found(mode):
    """What reached something new leaves the machine as one file."""
    with tarfile.open(f"{RESULTS}wire-found-{mode}.tar", "w") as tar:
        tar.add(FOUND, "found")


@pytest.mark.skipif(bool(given()), reason="single inputs are tried")
def test_fuzz(both_ways, capsys):
    with Folder(FOUND), Folder(SEEDS), access_log.Reader() as log:
        some_seeds(SEEDS)
        run = Run(f"-max_total_time={SECONDS}", "-dict=" + WIRE + "dictionary", FOUND, SEEDS)
        keep_found(both_ways)
    with capsys.disabled():
        print(f"\nwire: {SECONDS} s: {run}")
    assert run.status == 0, run.told()
    assert run.runs > run.seeds + SECONDS / 2 / khttpd.SCALE, f"hardly more than the seeds: {run}"
    assert run.inputs > 20 and run.kinds > 50, run
    assert log.count > run.runs, f"{log.count} lines in the log"


@pytest.mark.skipif(not given(), reason="no input was given")
def test_inputs_again(both_ways):
    for path in given():
        run = Run("-runs=1", path)
        assert run.status == 0, path + "\n" + run.told()


@pytest.mark.long
@pytest.mark.stock
def test_feedback(loaded, capsys):
    """
    Beside the same number of runs in which libFuzzer sees only the client's own code. Both find no
    fault; which of them comes to more kinds of behaviour is printed, as one run does not tell.
    """
    runs = {}
    for blind in (True, False):
        with Folder(FOUND), Folder(SEEDS):
            for name in ("byte-by-byte", "range", "chunks"):
                shutil.copy(f"{WIRE}seeds/script.{name}", SEEDS)
            runs[blind] = Run("-runs=2000", "-seed=1", "-dict=" + WIRE + "dictionary", FOUND,
                              SEEDS, blind=blind)
        with capsys.disabled():
            print(f"\nwire: {'without' if blind else 'with'} feedback: {runs[blind]}")
        assert runs[blind].status == 0, runs[blind].told()


def test_findings_are_kept(loaded):
    """The server sends another page than the fuzzer expects."""
    with Folder("/tmp/fuzzed-other") as other:
        other.write("page.txt", b"another page\n")
        run = Run("-runs=10", site=other.path, disk="")
    assert run.status != 0
    assert "FINDING: the page is another" in run.output
    assert os.path.basename(run.artifact()).startswith("wire-crash-")
    assert "in base64: " in run.told()
    os.unlink(run.artifact())
