# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The suites of the packaging tests, and which cases run where in them."""

# Those that take longest first.
SUITES = ["bookworm", "sid", "trixie", "bookworm-backports", "bullseye", "rpm"]
# Images of Debian, made by mmdebstrap and imported into podman: installed and built in a container,
# then booted for what containers do on a machine.
PODMAN = ["bookworm-podman", "sid-podman", "trixie-podman", "bullseye-podman"]
PODMAN_QUICK = ["bookworm-podman"]
# Images from a registry, installed in a container too, then all cases of a machine; no registry was
# at hand to try them with.
UNTRIED = ["ubuntu-22.04", "ubuntu-24.04", "fedora", "almalinux-9", "opensuse-leap"]
RPM_MANAGED = ["rpm", "fedora", "almalinux-9", "opensuse-leap"]

# Cases by the place they run in, in the order they run.
NATIVE_DEB = ["install_file", "purge_leaves_nothing", "from_source", "alone",
              "upgrade_from_before", "unedited_configuration", "install_without_headers",
              "headers_arrive", "reinstall", "upgrade", "downgrade", "wrong_compiler",
              "second_kernel"]
NATIVE_RPM = ["from_source", "alone", "upgrade_from_before", "unedited_configuration",
              "install_without_headers", "headers_arrive", "rpmsave", "install", "release_bump",
              "reinstall", "upgrade", "downgrade", "second_kernel"]
# In a container: headers and kernels come with the image.
NATIVE_CONTAINER = ["alone", "install"]
# Then they go again: on the machine it is containers that bring the server.
NATIVE_GONE = ["purge"]
AGENT = ["agent_serves", "agent_reloads", "sidecar", "agent_ends", "kernel_log"]
NATIVE_LAST = ["second_kernel_removed"]
MAIN = ["inert", "start", "status", "reload", "reload_refused", "bad_configuration", "stop",
        "port_busy", "loaded_by_hand", "unloaded_by_hand", "access_log", "confinement", "not_built",
        "autopkgtest", "reload_under_load", "upgrade_while_serving", "upgrade_without_headers",
        "upgrade_that_does_not_build", "module_alone", "upgrade_from_before",
        "remove_while_running", "purge", "kernel_log"]
SECOND = ["second_kernel_serves", "lockdown", "kernel_log"]
# What a quick run keeps: one installation and one boot of each suite.
NATIVE_QUICK = ["upgrade_from_before", "install"]
MAIN_QUICK = ["inert", "start", "status", "reload", "reload_refused", "bad_configuration",
              "port_busy", "reload_under_load", "remove_while_running", "kernel_log"]
LAST_QUICK = ["purge"]
# And on one of them the way from the version before, which is slow: two modules are built.
MAIN_QUICK_ONCE = {"bookworm": ["upgrade_from_before"]}
