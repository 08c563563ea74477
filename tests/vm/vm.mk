# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The targets that need a virtual machine.

.PHONY: run test test-e2e test-debug

# PARAMS="port=... body=..." go to the module; see scripts/run --help.
export PARAMS HOST_PORT DOCROOT

run:
	@scripts/run

test:
	@scripts/test

test-e2e:
	@scripts/test e2e

test-debug:
	@scripts/test debug
