# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Packages, repositories and their tests.
.PHONY: deb rpm repo test-packaging test-khttpdctl dkms-install dkms-remove

deb:
	packaging/build-deb dist

rpm:
	packaging/build-rpm dist

repo: deb rpm
	packaging/repo dist dist/repo

# SUITES="bookworm rpm" runs only those.
test-packaging: test-khttpdctl
	tests/packaging/run $(SUITES)

test-khttpdctl:
	tests/packaging/khttpdctl_test.sh

# From source, without a package: as root.
dkms-install:
	packaging/install

dkms-remove:
	packaging/install --remove
