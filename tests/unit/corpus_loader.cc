// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support.h"

namespace khttpd {

namespace {

std::string unescape(const std::string &text)
{
	std::string out;

	for (usize i = 0; i < text.size(); i++) {
		if (text[i] != '\\') {
			out += text[i];
			continue;
		}
		switch (text.at(++i)) {
		case 'r':
			out += '\r';
			break;
		case 'n':
			out += '\n';
			break;
		case 't':
			out += '\t';
			break;
		case '0':
			out += '\0';
			break;
		case '\\':
			out += '\\';
			break;
		case 'x':
			out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
			i += 2;
			break;
		case '(': {
			const usize star = text.find('*', i);
			const usize close = text.find(')', star);
			const std::string part = unescape(text.substr(i + 1, star - i - 1));

			for (int n = std::stoi(text.substr(star + 1, close - star - 1)); n > 0; n--)
				out += part;
			i = close;
			break;
		}
		default:
			throw std::runtime_error("unknown escape in " + text);
		}
	}
	return out;
}

std::string strip(const std::string &text)
{
	const usize first = text.find_first_not_of(' ');

	if (first == std::string::npos)
		return "";
	return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

} // namespace

std::vector<CorpusCase> load_corpus(const std::string &kind)
{
	std::vector<CorpusCase> cases;

	for (const auto &entry : std::filesystem::directory_iterator(KH_CORPUS_DIR)) {
		std::ifstream in(entry.path());
		std::string line;
		std::string file_kind;

		if (entry.path().extension() != ".txt")
			continue;
		while (std::getline(in, line)) {
			const usize colon = line.find(':');

			if (line.empty() || line[0] == '#' || colon == std::string::npos)
				continue;

			const std::string key = line.substr(0, colon);
			const std::string value = strip(line.substr(colon + 1));

			if (key == "kind")
				file_kind = value;
			else if (file_kind != kind)
				break;
			else if (key == "case")
				cases.push_back({entry.path().stem(), value, {}, {}});
			else if (key == "input")
				cases.back().input += unescape(value);
			else if (key == "expect")
				cases.back().events.push_back(unescape(value));
		}
	}
	return cases;
}

} // namespace khttpd
