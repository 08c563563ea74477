# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Packages, repositories and their tests.
.PHONY: deb rpm packages repo test-packaging dkms-install dkms-remove install-tools \
	install-docs release

# khttpdctl as `make tools' built it, and what belongs to it, below DESTDIR. The configuration is a
# template: who installs puts it into /etc if there is none. The unit names /usr/sbin.
UNIT_DIR ?= /usr/lib/systemd/system
MAN_DIR ?= /usr/share/man
SHARE_DIR ?= /usr/share
ZSH_DIR ?= $(SHARE_DIR)/zsh/vendor-completions
install-file = install -D -m 644 '$1' '$(DESTDIR)$2'
# For bpftrace, which is called by name: neither may be started by itself where it is not installed.
install-script = install -d -m 755 '$(DESTDIR)$(SHARE_DIR)/khttpd/bpf' && \
	sed '1d' tools/bpf/$1 > '$(DESTDIR)$(SHARE_DIR)/khttpd/bpf/$1'
bpf-scripts = $(sort $(notdir $(wildcard tools/bpf/*.bt)))
completions = tools/khttpdctl/completions

install-tools:
	install -D -m 755 build/tools/khttpdctl '$(DESTDIR)/usr/sbin/khttpdctl'
	install -D -m 755 packaging/after-install '$(DESTDIR)$(SHARE_DIR)/khttpd/after-install'
	$(call install-file,etc/khttpd.conf,$(SHARE_DIR)/khttpd/khttpd.conf)
	$(call install-file,packaging/site/index.html,$(SHARE_DIR)/khttpd/index.html)
	$(call install-file,systemd/khttpd.service,$(UNIT_DIR)/khttpd.service)
	$(call install-file,systemd/khttpd-log.service,$(UNIT_DIR)/khttpd-log.service)
	$(call install-file,etc/khttpd.logrotate,/etc/logrotate.d/khttpd-tools)
	$(call install-file,$(completions)/khttpdctl.bash,$(SHARE_DIR)/bash-completion/completions/khttpdctl)
	$(call install-file,$(completions)/_khttpdctl,$(ZSH_DIR)/_khttpdctl)
	$(call install-file,$(completions)/khttpdctl.fish,$(SHARE_DIR)/fish/vendor_completions.d/khttpdctl.fish)
	$(foreach script,$(bpf-scripts),$(call install-script,$(script)) &&) true
	$(call install-file,man/khttpd.conf.5,$(MAN_DIR)/man5/khttpd.conf.5)
	$(call install-file,man/khttpdctl.8,$(MAN_DIR)/man8/khttpdctl.8)

# README and docs below DESTDIR. What they link to, and is not among them, is in the repository.
DOC_DIR ?= $(SHARE_DIR)/doc/khttpd-tools
SOURCE_URL = https://github.com/khttpd/khttpd/blob/v$(VERSION)

install-docs:
	install -d -m 755 '$(DESTDIR)$(DOC_DIR)/docs/examples/containers' '$(DESTDIR)$(DOC_DIR)/docs/images'
	for file in README.md docs/*.md; do \
		sed -E -e 's,\]\((\.\./)?((artifacts|man|etc|LICENSES)/|(CONTRIBUTING|SECURITY)\.md),]($(SOURCE_URL)/\2,g' $$file > '$(DESTDIR)$(DOC_DIR)'/$$file || exit; \
	done
	install -m 644 docs/examples/*.conf '$(DESTDIR)$(DOC_DIR)/docs/examples'
	install -d -m 755 '$(DESTDIR)$(DOC_DIR)/docs/examples/cluster'
	install -m 644 docs/examples/cluster/*.* '$(DESTDIR)$(DOC_DIR)/docs/examples/cluster'
	install -m 755 $(addprefix docs/examples/cluster/,publish roll set-up) '$(DESTDIR)$(DOC_DIR)/docs/examples/cluster'
	install -m 644 docs/examples/containers/* '$(DESTDIR)$(DOC_DIR)/docs/examples/containers'
	install -m 644 docs/images/*.svg docs/images/*.png '$(DESTDIR)$(DOC_DIR)/docs/images'

deb:
	packaging/build-deb dist

rpm:
	packaging/build-rpm dist

# As they are released: in a root file system of Debian 11, for it and later distributions.
packages:
	packaging/build-deb --released dist
	packaging/build-rpm --released dist

repo: packages
	packaging/repo dist dist/repo

# Everything of a release, into dist/release; packaging/release --help says what it needs.
release:
	packaging/release

# SUITES="bookworm rpm" runs only those.
test-packaging:
	tests/packaging/run $(SUITES)

# From source, without a package: as root; `make tools' need not be.
dkms-install: tools
	packaging/install

dkms-remove:
	packaging/install --remove
