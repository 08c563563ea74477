# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What is left to whole runs: make test has minutes, and make test-all has hours."""

import pytest


def seldom(*values, where=(), **options):
    """Values of a parameter that whole runs alone try; where: as the mark "long" has it."""
    return pytest.param(*values, marks=pytest.mark.long(*where), **options)
