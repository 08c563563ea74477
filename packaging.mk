# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Packages, repositories and their tests.
.PHONY: deb rpm repo test-packaging dkms-install dkms-remove

deb:
	packaging/build-deb dist

rpm:
	packaging/build-rpm dist

repo: deb rpm
	packaging/repo dist dist/repo

# SUITES="bookworm rpm" runs only those.
test-packaging:
	tests/packaging/run $(SUITES)

# From source, without a package: as root.
dkms-install:
	packaging/install

dkms-remove:
	packaging/install --remove
