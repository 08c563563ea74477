# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The targets that need a virtual machine.

# test-all adds what takes longer than an hour.
.PHONY: run test test-all test-e2e test-debug

# PARAMS="port=... body=..." go to the module; see scripts/run --help.
export PARAMS HOST_PORT DOCROOT

run:
	@scripts/run

test:
	@scripts/test

test-all:
	@scripts/test lint unit gate matrix fuzz e2e speed debug packaging packaging-full

test-e2e:
	@scripts/test e2e

test-debug:
	@scripts/test debug
