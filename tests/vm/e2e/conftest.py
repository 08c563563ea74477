# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Fixtures: a state of the module for the test, and a look at the kernel log after it.

Tests speak to the module by khttpd.py and call it khttpd. A fixture has no value, it is the state
that a test begins in: loaded, both_ways (loaded, once for each way of working) or unloaded.
"""

import os
import threading

import pytest

import kernel_log
import khttpd

# A machine that shares its processors may keep a client waiting for seconds: a connection that
# the server gave up meanwhile would be reset, and the reply lost.
DEFAULTS = {"linger_timeout": 20, "header_timeout": 60}

_current = None


def ensure(parameters):
    """The module loaded with these parameters, reloaded only when it was loaded otherwise."""
    global _current
    if _current == parameters and khttpd.loaded():
        return
    if khttpd.loaded():
        assert khttpd.unload() == 0
    assert khttpd.load(**parameters) == 0
    _current = dict(parameters)


def forget():
    """The parameters are no longer what they were at load."""
    global _current
    _current = None


@pytest.fixture(scope="session", autouse=True)
def machine():
    print(f"\nmachine: deadlines times {max(1.0, khttpd.SCALE / 4):.1f}")
    yield
    if khttpd.loaded():
        assert khttpd.unload() == 0


@pytest.fixture(autouse=True)
def log():
    """The kernel log since the test began; reports in it fail the test."""
    reader = kernel_log.Reader()
    lines = []

    def read():
        lines.extend(reader.lines())
        return lines
    yield read
    read()
    reader.close()
    reports = kernel_log.reports_in("\n".join(lines))
    with open("/proc/sys/kernel/tainted", encoding="ascii") as file:
        taint = int(file.read()) & ~kernel_log.OWN_TAINT
    assert not reports, "kernel log: " + " | ".join(reports[:5])
    assert taint == 0, f"kernel tainted: {taint:#x}"


def parameters_of(node):
    """The defaults, then the markers params(name=value) of the file, then those of the test."""
    parameters = dict(DEFAULTS)
    for mark in reversed(list(node.iter_markers("params"))):
        parameters.update(mark.kwargs)
    return parameters


def prepared(node, more):
    """What a fixture does: the module loaded for the test, and what it changed not relied on."""
    ensure({**parameters_of(node), **more})
    yield
    if node.get_closest_marker("changes"):
        forget()


@pytest.fixture
def loaded(request):
    """Loaded. A test's marker params(name=value) adds parameters."""
    yield from prepared(request.node, {})


@pytest.fixture(params=["inline", "worker"])
def both_ways(request):
    """Loaded, the test once in each way of working: in the receive path and on the work queue."""
    yield from prepared(request.node, {"inline": 1 if request.param == "inline" else 0})


@pytest.fixture
def unloaded():
    """Not loaded, nor left behind loaded."""
    if khttpd.loaded():
        assert khttpd.unload() == 0
    forget()
    yield
    if khttpd.loaded():
        assert khttpd.unload() == 0


def pytest_runtest_logreport(report):
    """Says at once what went wrong and what took long: a machine may not live to the summary."""
    if report.when == "call" and report.duration > 2:
        print(f" {report.duration:.1f} s", end="")
    if report.failed:
        print(f"\n{report.longreprtext}\n{report.capstdout}\n{counters()}", flush=True)


def counters():
    """What the server has counted since it was loaded: why it ended a connection, mostly."""
    if not khttpd.loaded():
        return "not loaded"
    return " ".join(f"{name}={value}" for name, value in khttpd.status().items() if value)


def pytest_sessionfinish(session, exitstatus):
    session.config.outcome = exitstatus


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """A thread that a test has left would keep the process, and with it the machine, for ever."""
    left = [thread.name for thread in threading.enumerate()
            if thread is not threading.main_thread() and not thread.daemon]
    if left:
        print(f"\nthreads that do not end: {', '.join(left)}", flush=True)
        os._exit(config.outcome or 1)


def pytest_configure(config):
    config.addinivalue_line("markers", "params(**values): module parameters of the test")
    config.addinivalue_line("markers", "changes: the test changes parameters while loaded")
    config.addinivalue_line("markers", "stock: needs what only distributions' kernels have")
    config.addinivalue_line("markers", "debug: needs fault injection, kmemleak or "
                            "debug objects")
    config.addinivalue_line("markers", "long(where): in whole runs alone; on the kernels with "
                            "checkers (debug), with inline=0 (worker), or anywhere")


def takes_long(item):
    """Whether the test takes too long here for any but a whole run."""
    mode = getattr(item, "callspec", None)
    # With inline=1 the work queue has its part too: what is large, late or from files.
    worker = bool(mode) and mode.params.get("both_ways") == "worker"
    if khttpd.DEBUG and worker:
        return True
    here = {"debug": khttpd.DEBUG, "worker": worker}
    return any(not mark.args or here[mark.args[0]] for mark in item.iter_markers("long"))


def pytest_collection_modifyitems(items):
    """Tests for other kernels are left out; what shares parameters runs together."""
    others = {"stock": khttpd.BARE, "debug": not khttpd.FAULTS}
    items[:] = [item for item in items
                if not any(other and item.get_closest_marker(mark)
                           for mark, other in others.items())
                and (khttpd.WHOLE or not takes_long(item))]

    def key(item):
        mode = getattr(item, "callspec", None)
        return (item.module.__name__.startswith("test_zz_"), item.module.__name__,
                str(mode.params.get("both_ways", "")) if mode else "")
    items.sort(key=key)
