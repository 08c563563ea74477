# SPDX-License-Identifier: MIT OR GPL-2.0-only
# `make help` lists the targets.

KERNELRELEASE_WANTED ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNELRELEASE_WANTED)/build
VERSION := $(shell sed -n 's/.*KHTTPD_VERSION "\(.*\)".*/\1/p' src/kapi/version.h)
# W=1, C=1, V=1, CC= and LLVM= go on to the kernel's build by themselves, being on the command line.
# A kernel that clang built wants clang again, which its build has to be told.
kernel-make = $(MAKE) -C '$(KDIR)' M='$(CURDIR)/src' \
	$(if $(LLVM)$(filter command,$(origin CC)),,$(shell sh scripts/check-build-host --llvm '$(KDIR)'))

.DEFAULT_GOAL := module
.PHONY: module clean check matrix matrix-more lint analyze format hooks unit fuzz fuzz-corpus \
	bench-parser gate help install pictures tools test-tool

module:
	@sh scripts/check-build-host '$(KDIR)'
	+$(kernel-make) modules
	@cmp -s src/khttpd.ko khttpd.ko || cp src/khttpd.ko khttpd.ko
	@echo 'khttpd.ko: version $(VERSION), for the kernel of $(KDIR)'

install: module
	+$(kernel-make) modules_install
	depmod -a '$(KERNELRELEASE_WANTED)'

# The kernel's own clean needs its build directory; what is ours is known without it.
clean:
	+@if [ -e '$(KDIR)/Makefile' ]; then \
		$(kernel-make) clean; \
	fi
	@find src -name '*.o' -o -name '.*.cmd' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '*.o.d' -o -name '*.ko' | xargs rm -f
	@rm -rf src/compat/config.h src/compat/config.h.probe src/Module.symvers \
		src/modules.order khttpd.ko build/tools

# khttpdctl in C++, which needs libcli11-dev, nlohmann-json3-dev and libfmt-dev.
tools:
	+@$(MAKE) --no-print-directory -C tools/khttpdctl
	@echo 'build/tools/khttpdctl: version $(VERSION)'

test-tool:
	tests/tool/run

gate: module
	scripts/check-module --kernel '$(KDIR)' khttpd.ko

matrix:
	scripts/matrix

matrix-more:
	scripts/matrix --more

lint:
	scripts/lint

analyze:
	scripts/analyze

format:
	scripts/format

pictures:
	scripts/pictures

hooks:
	scripts/install-git-hooks

unit:
	tests/unit/run

fuzz:
	tests/fuzz/run $(FUZZ_SECONDS)

fuzz-corpus:
	tests/fuzz/run --corpus

bench-parser:
	tools/bench-parser/run

check: lint unit gate

help:
	@echo 'khttpd $(VERSION)'
	@echo
	@echo '  make             khttpd.ko for the running kernel, or KDIR=DIR for another'
	@echo '  make run         serves http://127.0.0.1:8081/ from a virtual machine'
	@echo '  make test        every test; scripts/test --help names the stages'
	@echo '  make test-all    the same, all that takes long, other servers and clients (hours)'
	@echo '  make soak        everything at once for an hour, or SOAK_SECONDS=N; KERNEL=debug'
	@echo '  make demo-survive  who answers while user space is dead: khttpd and nginx in one machine'
	@echo '  make test-packaging  packages on six distributions, every case; SUITES="bookworm rpm" for some'
	@echo '  make test-attack  what a client waits for while others attack, khttpd and nginx; a table'
	@echo '  make test-cluster  three nodes behind IPVS, keepalived and haproxy: requests that fail'
	@echo '  make test-peers  odd requests to khttpd and four other servers; well-known clients'
	@echo '  make test-arm64  end-to-end tests on an emulated machine of arm64'
	@echo '  make test-browser  Chromium and Firefox load pages, pictures and a video'
	@echo '  make check       lint, unit tests, the module and its gate: minutes, no VM'
	@echo '  make lint        style, layering, spelling of scripts and man pages'
	@echo '  make analyze     static analysis: sparse, Coccinelle, clang-tidy, cppcheck (minutes)'
	@echo '  make format      puts the C and C++ files into shape'
	@echo '  make pictures    the pictures of docs/, from docs/images/*.dot (needs graphviz)'
	@echo '  make unit        unit tests in user space'
	@echo '  make tools       khttpdctl in C++, into build/tools'
	@echo '  make install-tools  copies khttpdctl, its unit, pages and completions below DESTDIR (as root)'
	@echo '  make test-tool   its tests, which need no module and no root'
	@echo '  make fuzz        a minute of each fuzzer, or FUZZ_SECONDS=N'
	@echo '  make fuzz-wire   a minute of the running module in a virtual machine, or FUZZ_SECONDS=N'
	@echo '  make fuzz-corpus  the least of what the fuzzers found, into tests/fuzz/corpus'
	@echo '  make bench       measures against other servers, into artifacts/ (half an hour)'
	@echo '  make bench-compare  khttpd at several commits against each other: COMMITS, BENCH_OUT'
	@echo '  make bench-parser  the parser against picohttpparser, llhttp and http-parser'
	@echo '  make gate        checks the built module'
	@echo '  make packages    .deb and .rpm files as they are released; make deb and make rpm for this release'
	@echo '  make release     all that a release has, into dist/release'
	@echo '  make matrix      builds against the kernels of four Debian releases'
	@echo '  make matrix-more  builds against other configurations of them, such as of clang'
	@echo '  make hooks       installs git hooks that check before commit and push'
	@echo '  make install     copies the module to /lib/modules (as root)'
	@echo '  make clean'

-include tests/vm/vm.mk
-include packaging.mk
-include tools/bench/bench.mk
