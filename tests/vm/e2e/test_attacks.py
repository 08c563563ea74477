# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Attacks, smaller and shorter than those of tests/vm/attack: whether service is full afterwards,
and nothing of what the server counts is left. Times and memory are judged there, beside nginx."""

import pytest

import khttpd
from attacks import kinds, measure, site, verdict
from attacks.servers import Khttpd
from whole import seldom

# Of connections and files.
PART = khttpd.fewer(9) / 90
SECONDS = 0.5


@pytest.fixture(scope="module")
def made():
    with site.Site(PART) as folder, measure.machine(network=True):
        yield folder


# Those that run each time; all take minutes.
OFTEN = ("pinned ranges",)
OFTEN_BUT_ON_DEBUG_KERNELS = ("tiny chunks", "range lists", "RST in every state")


def parameter(name):
    if name in OFTEN:
        return name
    return seldom(name, where=("debug",) if name in OFTEN_BUT_ON_DEBUG_KERNELS else ())


NAMES = [parameter(attack.name) for attack in kinds.attacks(site.Site(PART))]


@pytest.mark.parametrize("name", NAMES)
def test_attack(unloaded, made, name):
    attack = next(attack for attack in kinds.attacks(made) if attack.name == name)
    row = measure.run(attack, Khttpd(), attack.number(PART), SECONDS,
                      memory=False)
    print(verdict.HEADER, verdict.line_of(row, None), sep="\n")
    wrong = list(verdict.faults(row, None, times=False))
    assert not wrong
