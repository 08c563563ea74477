// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "doctor/patient.h"

#include <fmt/format.h>

#include "language/spelling.h"
#include "machine/program.h"

namespace khttpdctl {

namespace {

// The words behind ID= and ID_LIKE=, with a blank around each.
std::string ids_of(const std::string &os_release)
{
	std::string ids = " ";

	for (size_t begin = 0; begin < os_release.size();) {
		const size_t end = std::min(os_release.find('\n', begin), os_release.size());
		const std::string line = os_release.substr(begin, end - begin);

		begin = end + 1;
		if (line.compare(0, 3, "ID=") != 0 && line.compare(0, 8, "ID_LIKE=") != 0)
			continue;
		for (char c : line.substr(line.find('=') + 1) + " ") {
			if (c != '"' && c != '\'')
				ids += c;
		}
	}
	return ids;
}

Family family_of(const Machine &machine)
{
	const std::string ids = ids_of(machine.text_of("/etc/os-release"));
	const auto has = [&](const char *id) { return ids.find(id) != ids.npos; };

	if (has(" ubuntu "))
		return Family::ubuntu;
	if (has(" debian "))
		return Family::debian;
	if (has(" fedora ") || has(" rhel ") || has(" centos "))
		return Family::fedora;
	return has("suse") ? Family::suse : Family::other;
}

} // namespace

Patient::Patient(const Machine &looked_at, std::string kernel)
	: machine(looked_at), module(looked_at),
	  release(kernel.empty() ? looked_at.release() : std::move(kernel)),
	  runs(release == looked_at.release()), family(family_of(looked_at))
{
}

void Patient::good(const std::string &text) const
{
	fmt::print("ok       {}\n", printable(text));
}

void Patient::problem(const std::string &text)
{
	fmt::print("PROBLEM  {}\n", printable(text));
	problems++;
}

void Patient::advice(const std::string &text) const
{
	fmt::print("advice   {}\n", printable(text));
}

void Patient::hint(const std::string &text) const
{
	fmt::print("         {}\n", printable(text));
}

void Patient::install_hint(const std::string &debian, const std::string &fedora,
			   const std::string &suse) const
{
	switch (family) {
	case Family::debian:
	case Family::ubuntu:
		return hint("apt install " + debian);
	case Family::fedora:
		return hint("dnf install " + fedora);
	case Family::suse:
		return hint("zypper install " + suse);
	case Family::other:
		return hint(fmt::format("install it; the package is {} in Debian and {} in Fedora",
					debian, fedora));
	}
}

std::string Patient::about_module(const std::string &field) const
{
	const Finished done = run_program({"modinfo", "-k", release, "-F", field, "khttpd"});

	return done.status == 0 ? done.text : "";
}

} // namespace khttpdctl
