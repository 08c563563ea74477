// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The language of the configuration, as khttpdctl reads it. What is understood is printed as text
// that is read again, line by line, as the same words, by the tool and by the module alike: the
// module never refuses its form. Whatever is told, by the reader or by the builder, is one
// printable line with a place in the text.
#include <string>

#include "fuzz.h"
#include "config/text/config_text.h"
#include "language/canonical.h"
#include "judge.h"
#include "language/reader.h"

namespace {

using Words = std::vector<std::string>;

std::string as_string(khttpd::Bytes bytes)
{
	return std::string(bytes.begin(), bytes.end());
}

// The line's words in the form that the tool has them.
Words words_of(const khttpd::ConfigLine &line)
{
	Words words;

	if (line.kind == khttpd::LineKind::setting)
		words = {as_string(line.name), "="};
	else
		words = {"[", line.kind == khttpd::LineKind::site ? "site" : "location"};
	for (const khttpd::Bytes word : line.values())
		words.push_back(as_string(word));
	return words;
}

void check_module(const std::string &text, const std::vector<Words> &lines)
{
	const khttpd::FuzzCopy copy(khttpd::Bytes::literal(text.data(), text.size()));
	khttpd::Bytes left = copy.bytes();
	size_t number = 0;

	while (!left.empty()) {
		const khttpd::Bytes line = khttpd::next_line(left);
		const std::unique_ptr<khttpd::u8[]> room(new khttpd::u8[line.size() + 1]);
		khttpd::ConfigLine read;

		FUZZ_CHECK(number < lines.size());
		khttpd::read_config_line(line, {room.get(), line.size()}, read);
		// A line can have more words than the module takes.
		if (lines[number].size() <= khttpd::kMaxConfigWords + 2) {
			FUZZ_CHECK(read.kind != khttpd::LineKind::bad);
			FUZZ_CHECK(words_of(read) == lines[number]);
		}
		number++;
	}
	FUZZ_CHECK(number == lines.size());
}

void check_printed(const khttpdctl::Canonical &canonical)
{
	std::vector<Words> lines;
	size_t wrong = 0;
	std::string again;

	FUZZ_CHECK(khttpdctl::read_canonical(canonical.text, lines, wrong));
	FUZZ_CHECK(lines.size() == canonical.lines.size());
	for (size_t i = 0; i < lines.size(); i++) {
		// Before the words stand two that tell what the line is.
		Words meant(lines[i].begin(), lines[i].begin() + 2);

		for (const khttpdctl::Word &word : canonical.lines[i].words)
			meant.push_back(word.text);
		FUZZ_CHECK(meant == lines[i]);
		again += khttpdctl::print_canonical_line(lines[i]);
	}
	FUZZ_CHECK(again == canonical.text);
	check_module(canonical.text, lines);
}

void check_told(const khttpdctl::Diagnostics &told, size_t lines)
{
	for (const khttpdctl::Diagnostic &d : told.all()) {
		FUZZ_CHECK(d.place.line >= 1 && d.place.line <= lines && d.place.column >= 1);
		FUZZ_CHECK(!d.text.empty() && d.text.size() < 1000);
		for (char c : d.text)
			FUZZ_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
	}
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	khttpdctl::Sources sources;
	khttpdctl::Document document;
	khttpdctl::Diagnostics told;
	const std::string text(reinterpret_cast<const char *>(data), size);
	size_t lines = 1;

	for (char c : text)
		lines += c == '\n';
	khttpdctl::read_language(sources, sources.add({"input", text}), document, told);
	check_told(told, lines);
	khttpdctl::judge(khttpdctl::print_canonical(document), sources, told);
	check_told(told, lines);
	// What was understood is printed even beside mistakes.
	check_printed(khttpdctl::print_canonical(document));
	// Reading it as a canonical text may fail, and no more than that.
	std::vector<Words> read;
	size_t wrong = 0;
	if (khttpdctl::read_canonical(text, read, wrong)) {
		std::string again;

		for (const Words &line : read)
			again += khttpdctl::print_canonical_line(line);
		FUZZ_CHECK(again == text);
	}
	return 0;
}
