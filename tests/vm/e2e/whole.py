# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What is left to whole runs: make test has minutes, and make test-all has hours."""

import pytest


def seldom(value, where=()):
    """A value of a parameter that whole runs alone try; where: as the mark "long" has it."""
    return pytest.param(value, marks=pytest.mark.long(*where))
