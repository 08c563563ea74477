# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Everything at once, and each operation in turn, for a short time; `make soak` for an hour."""

import os
import subprocess
import sys

import khttpd

HERE = os.path.dirname(os.path.abspath(__file__))
# Each operation at least once, and three rounds.
SHORT = ["--turns=1", "--seconds=30", "--round=7", "--processes=2", "--threads=2"]


def test_soak(unloaded, capsys):
    """In processes of its own: this one does nothing meanwhile, and is not measured."""
    done = subprocess.run([sys.executable, "-B", os.path.join(HERE, "soak.py"), *SHORT],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    with capsys.disabled():
        print("\n" + done.stdout, flush=True)
    assert done.returncode == 0, done.stdout[-3000:]
