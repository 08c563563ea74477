// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "configuration.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include <dirent.h>

#include "exit_status.h"
#include "judge.h"
#include "language/reader.h"

namespace khttpdctl {

namespace {

struct CloseFolder {
	void operator()(DIR *folder) const { closedir(folder); }
};

// A line of the canonical form, or NAME = TEXT as versions before had it.
std::vector<std::string> words_in_force(const std::string &line)
{
	static const std::string kEquals = " = ";
	std::vector<std::vector<std::string>> lines;
	size_t wrong_line = 0;
	const size_t equals = line.find(kEquals);

	if (read_canonical(line, lines, wrong_line))
		return lines[0];
	if (equals == line.npos)
		return {};
	const size_t text = equals + kEquals.size();
	return {line.substr(0, equals), "=", line.substr(text, line.size() - text - 1)};
}

std::vector<Word> as_words(const std::vector<std::string> &texts)
{
	std::vector<Word> words;

	for (size_t i = 2; i < texts.size(); i++)
		words.push_back({texts[i], {}, false});
	return words;
}

bool is_part(const std::string &name)
{
	static const std::string kEnding = ".conf";

	return name[0] != '.' && name.size() > kEnding.size() &&
	       name.compare(name.size() - kEnding.size(), kEnding.size(), kEnding) == 0;
}

} // namespace

int Configuration::read_file(const std::string &path)
{
	Source source;
	std::string problem;

	if (!read_source(path, source, problem)) {
		print_problem(stderr, source_name(path), problem);
		return kNoInput;
	}
	read_language(sources_, sources_.add(std::move(source)), document_, diagnostics_);
	return kOk;
}

int Configuration::read_folder(const std::string &path)
{
	const std::unique_ptr<DIR, CloseFolder> folder(opendir(path.c_str()));
	std::vector<std::string> names;

	if (!folder && (errno == ENOENT || errno == ENOTDIR))
		return kOk;
	if (!folder) {
		print_problem(stderr, path, std::string("cannot be read: ") + std::strerror(errno));
		return kNoInput;
	}
	while (const dirent *entry = readdir(folder.get())) {
		if (is_part(entry->d_name))
			names.push_back(entry->d_name);
	}
	std::sort(names.begin(), names.end());
	for (const std::string &name : names) {
		const int status = read_file(path + "/" + name);

		if (status != kOk)
			return status;
	}
	return kOk;
}

int Configuration::read(const std::string &path)
{
	int status = read_file(path);

	if (status == kOk && path != "-")
		status = read_folder(path + ".d");
	canonical_ = print_canonical(document_);
	// What was not understood would have the builder tell what is no mistake.
	if (status == kOk && diagnostics_.errors() == 0)
		judge(canonical_, sources_, diagnostics_);
	return status;
}

void Configuration::read_in_force(const std::string &text)
{
	Section *section = &document_.top;

	for (size_t begin = 0; begin < text.size();) {
		const size_t end = std::min(text.find('\n', begin), text.size());
		const std::vector<std::string> texts =
			words_in_force(text.substr(begin, end - begin) + "\n");

		begin = end + 1;
		if (texts.size() < 3)
			continue;
		if (texts[0] != "[") {
			if (const Setting *setting = find_setting(texts[0]))
				section->entries.push_back({setting, {}, as_words(texts)});
		} else if (texts[1] == "site") {
			document_.sites.push_back({kSite, {}, as_words(texts), {}, {}});
			section = &document_.sites.back();
		} else {
			auto &parent = document_.sites.empty() ? document_.top :
								 document_.sites.back();
			parent.locations.push_back({kLocation, {}, as_words(texts), {}, {}});
			section = &parent.locations.back();
		}
	}
}

bool Configuration::report(bool warnings) const
{
	diagnostics_.print(stderr, sources_, warnings);
	return diagnostics_.errors() == 0;
}

} // namespace khttpdctl
