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

bool Configuration::report(bool warnings) const
{
	diagnostics_.print(stderr, sources_, warnings);
	return diagnostics_.errors() == 0;
}

} // namespace khttpdctl
