# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Who else has a say in opening and reading files: IMA of the security modules."""

import ctypes
import itertools
import os

import pytest

from folder import Folder, content
from http_client import Client, get

ROOT = "/tmp/access"
SITE = Folder(ROOT)
write = SITE.write
IMA = "/sys/kernel/security/ima/"
# Of these owners the files are for IMA; a policy can be loaded once, for all tests of a machine.
MEASURED, APPRAISED = 54321, 54322

pytestmark = pytest.mark.params(docroot=ROOT, cache_size=4096, cache_max_file=64)


# The document root stays, and no name is used twice: what is cached is looked at now and then.
NAMES = (f"file{number}" for number in itertools.count())


@pytest.fixture(scope="module", autouse=True)
def site():
    with SITE:
        yield


def fresh(size, owner=0):
    """The name of a new file."""
    name = next(NAMES)
    write(name, content(size))
    os.chown(f"{ROOT}/{name}", owner, owner)
    return name


def ima_policy():
    """Loads the tests' policy, once."""
    if not os.path.isdir(IMA):
        ctypes.CDLL(None).mount(b"none", b"/sys/kernel/security", b"securityfs", 0, None)
    if not os.path.isdir(IMA):
        pytest.skip("a kernel without IMA")
    if not os.path.exists(IMA + "policy") or ima_policy.loaded:
        return
    with open(IMA + "policy", "wb", buffering=0) as file:
        file.write(b"measure func=FILE_CHECK mask=MAY_READ fowner=%d\n" % MEASURED)
        file.write(b"appraise func=FILE_CHECK mask=MAY_READ fowner=%d\n" % APPRAISED)
    ima_policy.loaded = True


ima_policy.loaded = False


def measured(path):
    with open(IMA + "ascii_runtime_measurements", encoding="utf-8") as file:
        return any(path in line.split() for line in file)


@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_integrity_is_measured(loaded, size):
    ima_policy()
    name = fresh(size, MEASURED)
    with Client() as client:
        assert get(client, "/" + name).body == content(size)
    assert measured(f"{ROOT}/{name}")


@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_integrity_is_judged(loaded, size):
    """A file without the signature or digest that the policy asks for is not served."""
    ima_policy()
    name = fresh(size, APPRAISED)
    with Client() as client:
        assert get(client, "/" + name).status == 403
        os.chown(f"{ROOT}/{name}", 0, 0)
        assert get(client, "/" + name).body == content(size)
