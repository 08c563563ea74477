# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""/proc/net/khttpd/metrics against what was sent, what status says, and promtool."""

import os
import re
import subprocess
import threading
import time

import pytest

import khttpd
from http_client import GET, Client
from tracing import Recording

METRICS = "/proc/net/khttpd/metrics"
STATUS = "/proc/net/khttpd/status"
ROOT = "/tmp/measured"
LARGE = 8 << 20
POST = b"POST /small HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n"
SAMPLE = re.compile(r'khttpd_([a-z0-9_]+)(?:\{((?:[a-z]+="[^"\\]*",?)*)\})? ([0-9.]+)')
LATENCIES = ("request_seconds", "reply_seconds")
HISTOGRAMS = LATENCIES + ("file_queue_seconds", "accept_seconds", "reply_content_bytes")


class Metrics:
    """One scrape: samples by name and labels, types by family. It is checked as it is read."""

    def __init__(self):
        with open(METRICS, encoding="ascii") as file:
            self.text = file.read()
        self.values, self.types = {}, {}
        family = None
        *lines, end = self.text.splitlines()
        assert end == "# EOF"
        for line in lines:
            if line.startswith("# TYPE khttpd_"):
                family, kind = line.split(" ", 2)[2].split(" ")
                family = family[len("khttpd_"):]
                assert family not in self.types, line
                self.types[family] = kind
            elif line.startswith(f"# UNIT khttpd_{family} "):
                assert family.endswith("_" + line.rsplit(" ", 1)[1]), line
            elif line.startswith("#"):
                assert line.startswith(f"# HELP khttpd_{family} "), line
            else:
                self._take(family, line)

    def _take(self, family, line):
        found = SAMPLE.fullmatch(line)
        assert found, line
        name, labels, value = found.groups()
        endings = {"counter": ["_total"], "gauge": [""],
                   "histogram": ["_bucket", "_sum", "_count"]}[self.types[family]]
        assert name in [family + ending for ending in endings], line
        key = (name, labels or "")
        assert key not in self.values, line
        self.values[key] = float(value)

    def get(self, name, labels=""):
        return self.values[name, labels]

    def sum(self, name, part=""):
        """Of all samples with this part in their labels."""
        return sum(value for (known, labels), value in self.values.items()
                   if known == name and part in labels)

    def growing(self):
        """What never becomes less."""
        return {key: value for key, value in self.values.items()
                if re.search("_(total|bucket|sum|count)$", key[0])}

    def histograms(self):
        """The buckets of each, by its labels: (bound, count) in their order; sum and count."""
        found = {}
        for (name, labels), value in self.values.items():
            for family in HISTOGRAMS:
                if name == family + "_bucket":
                    rest, _, bound = labels.rpartition('le="')
                    found.setdefault((family, rest.rstrip(",")), []).append(
                        (float(bound.rstrip('"')), value))
        return {key: (buckets, self.get(key[0] + "_sum", key[1]),
                      self.get(key[0] + "_count", key[1])) for key, buckets in found.items()}


def sound(metrics):
    """Every histogram is one: buckets grow, the last has all, the sum is within what they say."""
    histograms = metrics.histograms()
    assert len(histograms) == 2 * 3 * 4 + 3
    for key, (buckets, total, count) in histograms.items():
        bounds = [bound for bound, _ in buckets]
        assert bounds == sorted(set(bounds)) and bounds[-1] == float("inf"), key
        counts = [number for _, number in buckets]
        assert counts == sorted(counts), key
        assert counts[-1] == count, key
        low = sum((after - before) * bound for bound, before, after
                  in zip(bounds, counts, counts[1:]))
        high = sum((after - before) * bound for bound, before, after
                   in zip(bounds, [0] + counts, counts[:-1]))
        # Counts and sum are not read at the same moment; at rest they fit.
        assert total >= low * 0.999, (key, total, low)
        if counts[-1] == counts[-2]:
            assert total <= high * 1.001, (key, total, high)


@pytest.fixture
def files():
    os.makedirs(ROOT, exist_ok=True)
    for name, size in (("small", 100), ("large", LARGE)):
        with open(f"{ROOT}/{name}", "wb") as out:
            out.write(b"x" * size)
        os.utime(f"{ROOT}/{name}", (time.time() - 60,) * 2)
    yield
    for name in ("small", "large"):
        os.unlink(f"{ROOT}/{name}")


def get(path):
    return b"GET " + path + b" HTTP/1.1\r\nHost: t\r\n\r\n"


def changes(before, after):
    return {key: after.values[key] - before.values[key] for key in after.growing()
            if after.values[key] != before.values[key]}


def counts(change, name):
    """Of a histogram's series, by the values of their labels."""
    return {tuple(re.findall(r'"([^"]*)"', labels)): value
            for (known, labels), value in change.items() if known == name + "_count"}


def settled(wanted):
    """A scrape once so many requests' latencies are counted: a reply is read before that."""
    def enough():
        metrics = Metrics()
        return metrics.sum("request_seconds_count") >= wanted and metrics
    return khttpd.wait_for(enough) or Metrics()


def test_all_are_told_and_promtool_agrees(loaded):
    with Client() as client:
        client.get()
    metrics = settled(1)
    sound(metrics)
    status = khttpd.status()
    told = {name for name, _ in metrics.values}
    parts = re.compile("requests|requests_|responses_|timeouts_|bytes_|held_.*_bytes|latency_|"
                       "version|port|inline|draining")
    for name in status:
        assert parts.match(name) or name in told or name + "_total" in told, name
    assert metrics.get("build_info", f'version="{status["version"]}"') == 1
    # promtool reads Prometheus' own text: a counter's family has the name of its samples.
    text = re.sub(r"^# (TYPE|HELP) (\S+)(?= )",
                  lambda found: found[0] + "_total" * (metrics.types[found[2][7:]] == "counter"),
                  metrics.text, flags=re.M)
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (done.returncode, done.stdout) == (0, "")


def test_anyone_may_read(loaded):
    assert os.stat(METRICS).st_mode & 0o777 == os.stat(STATUS).st_mode & 0o777 == 0o444


@pytest.mark.params(docroot=ROOT, cache_size=0)
def test_as_many_as_were_sent(files, both_ways):
    """In the metrics, in status and in the tracepoints; and each with the path that it took."""
    before = Metrics()
    old = khttpd.status()
    with Recording("response") as recording:
        with Client(timeout=30) as client:
            for _ in range(30):
                assert client.get(get(b"/small")).status == 200
            for _ in range(20):
                assert client.get(get(b"/none")).status == 404
            for _ in range(3):
                assert len(client.get(get(b"/large")).body) == LARGE
            # More than one batch, and refused without a look at a file.
            client.send(POST * 100)
            for _ in range(100):
                assert client.reply().status == 405
            assert client.get(get(b"/%zz")).status == 400
        traced = [event.fields["status"][0] for event in recording.events()]
    assert khttpd.wait_idle()
    after = settled(before.sum("request_seconds_count") + 154)
    new = khttpd.status()
    change = changes(before, after)
    sound(after)
    assert len(traced) == 154
    assert new["requests"] - old["requests"] == 154
    assert after.sum("requests_total") - before.sum("requests_total") == 154
    for kind in "24":
        wanted = {"2": 33, "4": 121}[kind]
        assert traced.count(kind) == wanted
        assert new[f"responses_{kind}xx"] - old[f"responses_{kind}xx"] == wanted
        assert change["responses_total", f'class="{kind}xx"'] == wanted
    for family in LATENCIES:
        found = counts(change, family)
        assert found.pop(("file", "2xx")) == 33
        assert found.pop(("file", "4xx")) in (20, 21)
        assert {kind for _, kind in found} == {"4xx"}
        assert sum(counts(change, family).values()) == 154
    if khttpd.parameter("inline") == "0":
        assert not after.sum("request_seconds_count", 'path="softirq"')
    assert change["file_queue_seconds_count", ""] >= 53
    assert change["accept_seconds_count", ""] == 1
    assert change["reply_content_bytes_count", ""] == 154
    assert change["reply_content_bytes_sum", ""] >= 30 * 100 + 3 * LARGE
    assert change["sent_bytes_total", ""] == new["bytes_sent"] - old["bytes_sent"]


@pytest.mark.params(docroot=ROOT)
def test_path_of_a_cached_file(files, loaded):
    def is_cached():
        hits = khttpd.status()["cache_hits"]
        client.get(get(b"/small"))
        return khttpd.status()["cache_hits"] > hits
    with Client() as client:
        assert khttpd.wait_for(is_cached)
        assert khttpd.wait_for(lambda: Metrics().sum("request_seconds_count") ==
                               khttpd.status()["responses_2xx"])
        before = Metrics()
        for _ in range(10):
            client.get(get(b"/small"))
    after = settled(before.sum("request_seconds_count") + 10)
    found = counts(changes(before, after), "request_seconds")
    # Once a second a look at the file may come between.
    assert sum(found.values()) == 10
    assert found["softirq", "2xx"] >= 7, found


def test_slow_heads_bodies_and_readers(loaded):
    """The two latencies differ by how long the head came; both have the time of the reply."""
    before = Metrics()
    with Client() as client:
        client.send(GET[:10])
        time.sleep(0.5)
        client.send(GET[10:])
        assert client.reply().status == 200
    after = settled(before.sum("request_seconds_count") + 1)
    change = changes(before, after)
    first, last = (sum(value for (name, _), value in change.items() if name == family + "_sum")
                   for family in LATENCIES)
    assert first >= 0.45, change
    assert last < 0.4 and last < first, change
    before = after
    with Client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nab")
        time.sleep(0.5)
        client.send(b"cde")
        assert client.reply().status == 200
    change = changes(before, settled(before.sum("request_seconds_count") + 1))
    for family in LATENCIES:
        assert sum(value for (name, _), value in change.items()
                   if name == family + "_sum") >= 0.45, change


@pytest.mark.long("debug")
@pytest.mark.long("worker")
@pytest.mark.params(send_timeout=60, docroot=ROOT)
def test_replies_that_wait_for_the_reader(files, both_ways):
    """More than the buffers hold is counted when TCP has it."""
    before = Metrics()
    with Client(receive_buffer=4096, timeout=60) as client:
        client.send(get(b"/large"))
        time.sleep(0.6)
        assert len(client.reply().body) == LARGE
    after = settled(before.sum("request_seconds_count") + 1)
    change = changes(before, after)
    for family in LATENCIES:
        assert counts(change, family) == {("file", "2xx"): 1}
        assert sum(value for (name, _), value in change.items()
                   if name == family + "_sum") >= 0.5


@pytest.mark.long("debug")
@pytest.mark.long("worker")
def test_pipelines_that_wait_for_the_reader(both_ways):
    number = 20000
    before = Metrics()
    with Client(receive_buffer=4096, timeout=60) as client:
        client.send_aside(GET * number)
        assert khttpd.wait_for(lambda: khttpd.status()["blocked_sends"] > 0, 20)
        time.sleep(0.6)
        for _ in range(number):
            assert client.reply().status == 200
    after = settled(before.sum("request_seconds_count") + number)
    sound(after)
    change = changes(before, after)
    for family in LATENCIES:
        assert sum(counts(change, family).values()) == number


def test_scrapes_under_load_never_go_backwards(both_ways):
    stop = threading.Event()
    sent = [0, 0]

    def load(number):
        while not stop.is_set():
            with Client(timeout=30) as client:
                for _ in range(50):
                    client.get()
                    sent[number] += 1
    start = Metrics()
    threads = [threading.Thread(target=load, args=(number,)) for number in range(len(sent))]
    for thread in threads:
        thread.start()
    last = start.growing()
    try:
        for _ in range(30):
            now = Metrics()
            growing = now.growing()
            assert growing.keys() == last.keys()
            backwards = {key: (last[key], value) for key, value in growing.items()
                         if value < last[key]}
            assert not backwards
            for buckets, _, count in now.histograms().values():
                assert buckets[-1][1] == count
            last = growing
            time.sleep(0.02)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert khttpd.wait_idle()
    after = settled(start.sum("request_seconds_count") + sum(sent))
    sound(after)
    change = changes(start, after)
    assert sum(sent) > 100
    assert sum(counts(change, "request_seconds").values()) == sum(sent)
    assert sum(value for (name, _), value in change.items()
               if name == "requests_total") == sum(sent)


def test_percentiles_in_status(loaded):
    with Client() as client:
        for _ in range(200):
            client.get()
    settled(200)
    values = [khttpd.status()[f"latency_p{name}_ns"] for name in (50, 90, 99, 999)]
    assert values == sorted(values)
    assert 0 < values[0] < 5_000_000_000
    series = [histogram for (family, _), histogram in Metrics().histograms().items()
              if family == "request_seconds"]
    total = sum(count for _, _, count in series)
    # The 50th is between two bounds, of which one has less and the other more than half.
    bounds = [bound for bound, _ in series[0][0]]
    at_most = [sum(buckets[i][1] for buckets, _, _ in series) for i in range(len(bounds))]
    where = next(i for i, bound in enumerate(bounds) if bound * 1e9 >= values[0])
    assert at_most[where] >= total / 2
    assert where == 0 or at_most[where - 1] <= total / 2


def test_without_a_server(unloaded):
    assert khttpd.load(start=0) == 0
    metrics = Metrics()
    assert metrics.get("listeners") == 0
    assert set(metrics.types) == {"build_info", "listeners"}
