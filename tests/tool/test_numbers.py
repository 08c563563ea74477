# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Numbers with units, switches, and comments behind them."""
from support import Tool


class Numbers(Tool):
    def test_plain(self):
        self.accepted("port = 8080\n", "port = 8080\n")
        self.accepted("port = 0080\n", "port = 80\n")
        self.accepted('port = "80"\n', "port = 80\n")
        self.accepted("max_requests\t=\t4294967295\r\n", "max_requests = 4294967295\n")

    def test_times(self):
        for text, seconds in (("10s", 10), ("5m", 300), ("1h", 3600), ("2min", 120), ("1000ms", 1)):
            self.accepted(f"header_timeout = {text}\n", f"header_timeout = {seconds}\n")
        self.accepted("keepalive_timeout = 1d\n", "keepalive_timeout = 86400\n")

    def test_sizes(self):
        self.accepted("max_header_size = 16k\n", "max_header_size = 16384\n")
        self.accepted("max_body_size = 1G\n", "max_body_size = 1073741824\n")
        self.accepted("max_body_size = 16MiB\n", "max_body_size = 16777216\n")

    def test_kib(self):
        """The base unit of some is KiB already."""
        self.accepted("cache_size = 64M\n", "cache_size = 65536\n")
        self.accepted("cache_size = 2048\n", "cache_size = 2048\n")
        self.accepted("cache_size = 1G\n", "cache_size = 1048576\n")
        self.accepted("cache_size = 2048k\n", "cache_size = 2048\n")
        self.accepted("etag_hash_size = 65536b\n", "etag_hash_size = 64\n")

    def test_rates(self):
        self.accepted("min_send_rate = 10k\n", "min_send_rate = 10240\n")
        self.accepted("min_send_rate = 10k/s\n", "min_send_rate = 10240\n")

    def test_no_whole_number(self):
        self.refused("cache_size = 100b\n", "1:14: error: cache_size=100b is not a whole number",
                     "0..1048576 KiB")
        self.refused("header_timeout = 1500ms\n", "is not a whole number of s", "1..3600 s")

    def test_range(self):
        """The range is told in integers, however large."""
        self.refused("port = 65536\n", "1:8: error: port=65536 is out of range: 1..65535")
        self.refused("header_timeout = 2h\n", "out of range: 1..3600 s; this is 7200")
        self.refused("max_requests = 5000000000\n", "out of range: 1..4294967295 requests")
        self.refused("max_requests = 99999999999999999999999\n", "out of range: 1..4294967295")
        self.refused("max_body_size = 99999999999999999G\n", "out of range: 0..1073741824 bytes")
        # This is 1 GiB and 2^64 more.
        self.refused("max_body_size = 17179869185G\n", "out of range: 0..1073741824 bytes")
        self.refused("header_timeout = 0\n", "out of range: 1..3600 s")
        self.refused("max_body_size = 2G\n", "this is 2147483648")

    def test_no_numbers(self):
        for text in ("-1", "+1", "abc", "1e3", "", "k", "1.5", "１"):
            self.refused(f"port = {text}\n", "is not a number: 1..65535", "write")

    def test_foreign_spellings(self):
        self.refused("port = 0x1F90\n", "1:8: error: port=0x1F90 is not a number", "write 8080")
        self.refused("max_body_size = 1,000,000\n", "write 1000000")
        self.refused("max_body_size = 1_000\n", "write 1000")
        self.refused("port = 80;\n", "write 80")
        self.refused("header_timeout = 10 s\n", "1:18: error:", "write 10s, without a space")
        self.refused("port = 80 443\n", "is not a number")

    def test_wrong_units(self):
        self.refused("port = 80k\n", "port=80k is not a number", "write only digits")
        self.refused("header_timeout = 10k\n", "k is not a unit here", "s, m, h or d")
        self.refused("header_timeout = 10sec\n", "sec is not a unit here")
        self.refused("max_body_size = 10s\n", "s is not a unit here", "k, M or G")
        self.refused("max_connections = 64k\n", "1..1048576 connections", "write only digits")

    def test_comments(self):
        self.accepted("port = 8080 # web\n", "port = 8080\n")
        self.accepted("port = 8080\t#web\n", "port = 8080\n")
        self.accepted('port = "8080" # web\n', "port = 8080\n")
        self.accepted("inline = off # slow\n", "inline = 0\n")
        self.accepted("header_timeout = 10s # a # b\n", "header_timeout = 10\n")
        self.refused("port = 8080#web\n", "1:12: error:", "write port = 8080 #web")
        self.refused("port = # 8080\n", "port= is not a number")
        self.refused('port = "80" 81\n', "1:13: error:")


class Switches(Tool):
    def test_words(self):
        for on in ("on", "ON", "Yes", "true", "y", "1", '"on"'):
            self.accepted(f"autoindex = {on}\n", "autoindex = 1\n")
        for off in ("off", "No", "FALSE", "n", "0"):
            self.accepted(f"inline = {off}\n", "inline = 0\n")

    def test_wrong(self):
        for text in ("2", "enabled", "", "on off"):
            self.refused(f"inline = {text}\n", "neither on (1) nor off (0); write on or off")
