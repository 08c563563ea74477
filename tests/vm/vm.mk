# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The targets that need a virtual machine.

# test-all adds what takes long, other servers and clients, and the browser.
.PHONY: run test test-all soak demo-survive test-run test-e2e test-debug test-attack test-cluster \
	test-peers test-browser test-arm64 fuzz-wire

# PARAMS="port=... body=..." go to the module; see scripts/run --help.
export PARAMS HOST_PORT DOCROOT
# Of soak: how long, or how many turns of all operations however long they take, and on which kernel
# (debug: allocations fail, too).
SOAK_SECONDS ?= 3600
SOAK_TURNS ?=
KERNEL ?= stock

run:
	@scripts/run

test:
	@scripts/test

test-all:
	@scripts/test lint analyze tool-full unit-full gate matrix matrix-more fuzz-full run e2e-full e2e-kernels \
		speed debug-full debug-kernels attack cluster peers browser packaging-full arm64

test-run:
	@scripts/test run

test-attack:
	@scripts/test attack

test-cluster:
	@scripts/test cluster

test-peers:
	@scripts/test peers

test-browser:
	@scripts/test browser

test-arm64:
	@scripts/test arm64

soak:
	@tests/vm/soak --kernel $(KERNEL) --seconds $(SOAK_SECONDS) \
		$(if $(SOAK_TURNS),--turns $(SOAK_TURNS))

# Debian 13's kernel, nothing set.
demo-survive:
	@tests/vm/overload --beside

test-e2e:
	@scripts/test e2e

test-debug:
	@scripts/test debug

fuzz-wire:
	@tests/fuzz/wire/run $(FUZZ_SECONDS)
