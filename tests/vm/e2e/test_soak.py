# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Everything at once, and each operation in turn, for a short time; `make soak` for an hour."""

import os
import signal
import subprocess
import sys

import pytest

import khttpd

HERE = os.path.dirname(os.path.abspath(__file__))
# Each operation at least once, in three rounds. What the first of each leaves for good comes in any
# of them: that memory does not grow is for longer runs to tell, here only that it does not by much.
SHORT = ["--turns=1", "--seconds=30", "--round=7", "--slack=8", "--processes=2", "--threads=2"]


@pytest.mark.long()
@pytest.mark.timeout(900)
def test_soak(unloaded, capsys):
    """In processes of its own: this one does nothing meanwhile, and is not measured."""
    with subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "soak.py"), *SHORT],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True) as soak:
        try:
            output = soak.communicate()[0]
        except BaseException:
            # Clients and operations must not go on in what is tested next.
            os.killpg(soak.pid, signal.SIGKILL)
            raise
    with capsys.disabled():
        print("\n" + output, flush=True)
    assert soak.returncode == 0, output[-3000:]
