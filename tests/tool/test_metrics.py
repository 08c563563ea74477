# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""metrics: the module's OpenMetrics text as the text format of Prometheus."""
import os
import stat

from machine import NOT_RUNNING, NO_PERMISSION, OS_ERROR, UNAVAILABLE, Machine
from support import GOOD, USAGE

OPENMETRICS = """\
# TYPE khttpd_listeners gauge
# HELP khttpd_listeners sockets that listen
khttpd_listeners 2
# TYPE khttpd_sent_bytes counter
# UNIT khttpd_sent_bytes bytes
# HELP khttpd_sent_bytes bytes given to TCP
khttpd_sent_bytes_total 17
# TYPE khttpd_a_seconds histogram
# UNIT khttpd_a_seconds seconds
# HELP khttpd_a_seconds how long
khttpd_a_seconds_bucket{path="file",le="0.000001024"} 1
khttpd_a_seconds_bucket{path="file",le="+Inf"} 1
khttpd_a_seconds_sum{path="file"} 0.000000900
khttpd_a_seconds_count{path="file"} 1
# EOF
"""
PROMETHEUS = """\
# TYPE khttpd_listeners gauge
# HELP khttpd_listeners sockets that listen
khttpd_listeners 2
# TYPE khttpd_sent_bytes_total counter
# HELP khttpd_sent_bytes_total bytes given to TCP
khttpd_sent_bytes_total 17
# TYPE khttpd_a_seconds histogram
# HELP khttpd_a_seconds how long
khttpd_a_seconds_bucket{path="file",le="0.000001024"} 1
khttpd_a_seconds_bucket{path="file",le="+Inf"} 1
khttpd_a_seconds_sum{path="file"} 0.000000900
khttpd_a_seconds_count{path="file"} 1
"""
FILE = "proc/thread-self/net/khttpd/metrics"


class Metrics(Machine):
    def setUp(self):
        super().setUp()
        self.loaded()
        self.put(FILE, OPENMETRICS)

    def test_text(self):
        self.assertEqual(self.expect(GOOD, "metrics").out, PROMETHEUS)

    def test_file(self):
        output = self.dir / "khttpd.prom"
        output.write_text("before\n", encoding="ascii")
        old = os.open(output, os.O_RDONLY)
        self.addCleanup(os.close, old)
        for option in ("-o", "--output"):
            self.assertEqual(self.expect(GOOD, "metrics", option, str(output)).out, "")
            self.assertEqual(output.read_text(encoding="ascii"), PROMETHEUS)
            self.assertEqual(stat.S_IMODE(output.stat().st_mode), 0o644)
        # Who had the one before open still has all of it.
        self.assertEqual(os.read(old, 100), b"before\n")
        self.assertEqual([path.name for path in self.dir.glob("khttpd.prom*")], ["khttpd.prom"])

    def test_file_that_cannot_be_written(self):
        self.expect(OS_ERROR, "metrics", "-o", str(self.dir / "none/x.prom"), err="cannot write")
        target = self.dir / "folder.prom"
        target.mkdir()
        (target / "x").touch()
        self.expect(OS_ERROR, "metrics", "-o", str(target), err="cannot write")
        self.assertEqual([path.name for path in self.dir.glob("folder.prom*")], ["folder.prom"])

    def test_cut_short(self):
        """Text without its end is not taken for whole; the file stays."""
        output = self.dir / "khttpd.prom"
        output.write_text("before\n", encoding="ascii")
        for text in ("", OPENMETRICS[:-6], OPENMETRICS[:-1]):
            self.put(FILE, text)
            self.expect(OS_ERROR, "metrics", "-o", str(output), err="cannot read")
            self.assertEqual(output.read_text(encoding="ascii"), "before\n")

    def test_not_running(self):
        self.unloaded()
        self.assertEqual(self.expect(NOT_RUNNING, "metrics", err="not running").out, "")
        self.loaded(0)
        self.put(FILE, "# TYPE khttpd_listeners gauge\nkhttpd_listeners 0\n# EOF\n")
        self.expect(NOT_RUNNING, "metrics", out="khttpd_listeners 0\n")

    def test_an_older_module(self):
        self.old()
        (self.net / "metrics").unlink()
        self.expect(UNAVAILABLE, "metrics", err="has no metrics")

    def test_without_root(self):
        """On a machine without the module nobody is asked for a right."""
        if not os.path.exists("/proc/net/khttpd"):
            self.assertNotEqual(self.run_without_root("metrics").status, NO_PERMISSION)

    def test_usage(self):
        self.expect(USAGE, "metrics", "-o")
        self.expect(USAGE, "metrics", "--json")
