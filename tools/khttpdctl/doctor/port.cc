// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "doctor/patient.h"
#include "machine/program.h"

namespace khttpdctl {

namespace {

std::string value_of(const Document &document, const char *name)
{
	const Entry *entry = document.top.find(name);

	return entry ? entry->words[0].text : find_setting(name)->fallback;
}

bool is_everywhere(const std::string &address)
{
	return address == "*" || address == "0.0.0.0" || address == "::";
}

std::vector<std::string> words_of(std::string text)
{
	std::vector<std::string> words;
	std::string word;

	std::replace(text.begin(), text.end(), ',', ' ');
	std::istringstream in(text);
	while (in >> word)
		words.push_back(word);
	return words;
}

// ADDRESS or ADDRESS%DEVICE, and how ss writes them: also with the address alone in brackets.
struct Listening {
	explicit Listening(std::string text)
	{
		const size_t mark = std::min(text.find('%'), text.size());

		if (mark < text.size())
			device = text.substr(mark + 1);
		text.erase(mark);
		text.erase(std::remove_if(text.begin(), text.end(),
					  [](char c) { return c == '[' || c == ']'; }),
			   text.end());
		address = text;
	}
	// Whether the kernel would refuse the one where the other is.
	bool meets(const Listening &other) const
	{
		return (address == other.address || is_everywhere(address) ||
			is_everywhere(other.address)) &&
		       (device == other.device || device.empty() || other.device.empty());
	}

	std::string address, device;
};

// The first listener of ss that is in the way of an address of bind.
std::string holder_of(const std::string &listeners, const std::string &bind)
{
	const std::vector<std::string> wanted = words_of(bind);
	std::istringstream in(listeners);
	std::string line;

	while (std::getline(in, line)) {
		const std::vector<std::string> words = words_of(line);

		if (words.size() < 4)
			continue;
		const Listening local(words[3].substr(0, words[3].rfind(':')));
		if (std::any_of(wanted.begin(), wanted.end(), [&local](const std::string &one) {
			    return Listening(one).meets(local);
		    }))
			return line;
	}
	return "";
}

// What stands between users:(( and ) in a line of ss.
std::string user_of(const std::string &line)
{
	static const std::string kBefore = "users:((";
	const size_t at = line.find(kBefore);

	if (at == line.npos)
		return "another process (run as root to see which)";
	const size_t begin = at + kBefore.size();
	return line.substr(begin, line.find(')', begin) - begin);
}

} // namespace

void look_at_port(Patient &patient, const Document &document, const std::string &conf)
{
	const std::string port = value_of(document, "port");

	if (!has_program("ss")) {
		patient.hint("ss (package iproute2) would show which program uses the port");
		return;
	}
	if (patient.module.serves() && patient.module.counter("port") == port) {
		patient.good(fmt::format("port {} is used by khttpd", port));
		return;
	}
	const std::string listeners = run_program({"ss", "-Hltnp", "sport = :" + port}).text;
	const std::string holder = holder_of(listeners, value_of(document, "bind"));
	if (holder.empty()) {
		patient.good(fmt::format("port {} is free", port));
		return;
	}
	patient.problem(fmt::format("port {} is in use by {}", port, user_of(holder)));
	patient.hint(fmt::format("stop it, or set another port in {}", conf));
}

} // namespace khttpdctl
