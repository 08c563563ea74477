// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Linked with khttpdctl's own objects: what its reader and the builder in it make of texts.
//   verdicts language|canonical FILE...
// Of each file in the language or in the canonical form it writes FILE.canonical, the text that the
// module would be given, and FILE.told, what the builder says of that, in the builder's own words.
// A text whose lines were not all understood has FILE.told-first besides: what the reader said.
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "config/config.h"
#include "language/canonical.h"
#include "language/reader.h"

namespace {

bool write(const std::string &name, const std::string &text)
{
	std::ofstream file(name, std::ios::binary);

	file << text;
	return static_cast<bool>(file.flush());
}

// What was understood, as `khttpdctl show --canonical` has it; the reader's mistakes, if any, into
// `mistakes`.
std::string canonical_of(khttpdctl::Source source, std::string &mistakes)
{
	khttpdctl::Sources sources;
	khttpdctl::Document document;
	khttpdctl::Diagnostics told;

	khttpdctl::read_language(sources, sources.add(std::move(source)), document, told);
	for (const khttpdctl::Diagnostic &diagnostic : told.all()) {
		if (diagnostic.severity == khttpdctl::Severity::error)
			mistakes += diagnostic.text + "\n";
	}
	return khttpdctl::print_canonical(document).text;
}

// As judge() has it, without the places in files.
std::string told_of(const std::string &text)
{
	std::vector<char> room(65536);
	khttpd::Mistakes mistakes(room);

	khttpd_config_destroy(khttpd::build_config(khttpd::Bytes::literal(text.data(), text.size()),
						   false, mistakes));
	const std::string told = room.data();
	return told.empty() ? told : told + "\n";
}

bool judge_file(const std::string &path, bool language)
{
	khttpdctl::Source source;
	std::string problem, mistakes;

	if (!khttpdctl::read_source(path, source, problem)) {
		std::cerr << path << ": " << problem << '\n';
		return false;
	}
	const std::string text = language ? canonical_of(std::move(source), mistakes) :
					    std::move(source.text);
	return write(path + ".canonical", text) && write(path + ".told", told_of(text)) &&
	       (mistakes.empty() || write(path + ".told-first", mistakes));
}

} // namespace

int main(int argc, char **argv)
{
	const std::vector<std::string> args(argv + 1, argv + argc);

	if (args.empty() || (args[0] != "language" && args[0] != "canonical")) {
		std::cerr << "usage: verdicts language|canonical FILE...\n";
		return 64;
	}
	for (size_t i = 1; i < args.size(); i++) {
		if (!judge_file(args[i], args[0] == "language"))
			return 1;
	}
	return 0;
}
