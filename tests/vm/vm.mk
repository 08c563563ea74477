# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The targets that need a virtual machine.

# test-all adds what takes long, and the browser.
.PHONY: run test test-all test-run test-e2e test-debug test-browser

# PARAMS="port=... body=..." go to the module; see scripts/run --help.
export PARAMS HOST_PORT DOCROOT

run:
	@scripts/run

test:
	@scripts/test

test-all:
	@scripts/test lint unit gate matrix fuzz run e2e-full e2e-kernels speed debug-full browser \
		packaging-full

test-run:
	@scripts/test run

test-browser:
	@scripts/test browser

test-e2e:
	@scripts/test e2e

test-debug:
	@scripts/test debug
