// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <glob.h>
#include <sys/utsname.h>

#include "doctor/patient.h"
#include "language/spelling.h"
#include "machine/program.h"

namespace khttpdctl {

namespace {

std::vector<std::string> matches(const Patient &patient, const std::string &pattern)
{
	std::vector<std::string> all;
	glob_t found = {};

	if (glob(patient.machine.path(pattern).c_str(), 0, nullptr, &found) == 0)
		all.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
	globfree(&found);
	return all;
}

// What Debian and Ubuntu call the kind of kernel: amd64, cloud-amd64 and rt-amd64, generic. Empty
// for a release that is not spelled so.
std::string flavour_of(const std::string &release)
{
	size_t at = release.find('-');

	// The number of the ABI, which not all have.
	if (at != release.npos) {
		const size_t next = release.find('-', at + 1);

		if (next != release.npos && is_digits(release.substr(at + 1, next - at - 1)))
			at = next;
	}
	return at == release.npos || is_digits(release.substr(at + 1)) ? "" :
									 release.substr(at + 1);
}

// The metapackage brings the headers of each new kernel as well, but none of an older one.
void hint_of_headers(const Patient &patient)
{
	const std::string own = "linux-headers-" + patient.release;
	const std::string flavour = flavour_of(patient.release);
	const bool apt = patient.family == Family::debian || patient.family == Family::ubuntu;

	if (apt && !flavour.empty()) {
		patient.hint("apt install linux-headers-" + flavour);
		patient.hint("(this brings the headers of the newest kernel, now and later; for an "
			     "older one:)");
	}
	patient.install_hint(own, "kernel-devel-" + patient.release, "kernel-default-devel");
}

// What a compiler of GCC's is called by its whole name, on Debian and Ubuntu.
std::string full_name_of_compiler(const std::string &major)
{
	struct utsname name = {};

	return uname(&name) == 0 ? fmt::format("{}-linux-gnu-g++-{}", name.machine, major) : "g++";
}

// The kernel's flags are good for one major version of the compiler.
void look_at_compiler(Patient &patient, const std::string &build)
{
	static const std::string kName = "\nCONFIG_GCC_VERSION=";
	const std::string config =
		"\n" + patient.machine.text_of(build + "/include/config/auto.conf") + "\n";
	const size_t at = config.find(kName);
	const std::string digits =
		at == config.npos ? "" :
				    config.substr(at + kName.size(),
						  config.find('\n', at + 1) - at - kName.size());

	// 120200 is 12.2.
	if (!is_digits(digits) || digits.size() < 5 || digits.size() > 7)
		return;
	const std::string major = digits.substr(0, digits.size() - 4);
	for (const std::string &compiler :
	     {"g++-" + major, full_name_of_compiler(major), std::string("g++")}) {
		const Finished done = run_program({compiler, "-dumpversion"});

		if (done.status == 0 && done.text.substr(0, done.text.find('.')) == major) {
			patient.good(fmt::format("a C++ compiler of version {}, which built the "
						 "kernel, is installed",
						 major));
			return;
		}
	}
	patient.problem(fmt::format("the kernel was built with GCC {}, but no C++ compiler of that "
				    "version is installed",
				    major));
	patient.install_hint("g++-" + major, "gcc-c++", "gcc" + major + "-c++");
}

void look_at_headers(Patient &patient)
{
	const std::string build = "/lib/modules/" + patient.release + "/build";

	if (patient.machine.has(build + "/Makefile")) {
		patient.good(
			fmt::format("the headers of kernel {} are installed", patient.release));
		look_at_compiler(patient, build);
		return;
	}
	patient.problem(fmt::format(
		"the headers of kernel {} are missing, so no module can be built for it",
		patient.release));
	hint_of_headers(patient);
}

void hint_of_build(const Patient &patient)
{
	const std::string of_release = "/var/lib/dkms/khttpd/*/" + patient.release;

	if (!has_program("dkms")) {
		patient.hint("dkms, which builds it, is not installed");
		patient.install_hint("khttpd-dkms", "khttpd-dkms", "khttpd-dkms");
		return;
	}
	patient.hint("dkms autoinstall -k " + patient.release);
	std::vector<std::string> logs = matches(patient, of_release + "/*/log/make.log");
	for (const std::string &log : matches(patient, "/var/lib/dkms/khttpd/*/build/make.log"))
		logs.push_back(log);
	if (!logs.empty())
		patient.hint("the log of the last failed build is " + logs.back());
}

void look_at_module(Patient &patient)
{
	const std::string magic = patient.about_module("vermagic");
	const std::string kernel = magic.substr(0, magic.find(' '));

	if (!patient.about_module("filename").empty()) {
		if (kernel == patient.release) {
			patient.good(fmt::format("khttpd {} is built for kernel {}",
						 patient.about_module("version"), patient.release));
			return;
		}
		patient.problem(fmt::format("khttpd was built for kernel {}, not for {}", kernel,
					    patient.release));
		patient.hint("dkms autoinstall -k " + patient.release);
		return;
	}
	patient.problem(fmt::format("khttpd is not built for kernel {}", patient.release));
	for (const char *folder : {"updates/dkms", "updates", "extra"}) {
		for (const std::string &other :
		     matches(patient, fmt::format("/lib/modules/*/{}/khttpd.ko*", folder)))
			patient.hint("it is built for another kernel: " + other);
	}
	hint_of_build(patient);
}

} // namespace

void look_at_build(Patient &patient)
{
	look_at_headers(patient);
	look_at_module(patient);
}

} // namespace khttpdctl
