// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/source.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace khttpdctl {

namespace {

// As much as the canonical text may have (16 MiB): /dev/zero ends as well.
constexpr size_t kMaxSize = size_t{16} << 20;

bool read_all(int fd, std::string &text, std::string &problem)
{
	char block[65536];

	for (;;) {
		const ssize_t got = read(fd, block, sizeof(block));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			problem = std::string("cannot be read: ") + std::strerror(errno);
			return false;
		}
		if (got == 0)
			return true;
		text.append(block, static_cast<size_t>(got));
		if (text.size() > kMaxSize) {
			problem = "is larger than 16 MiB, the limit for a configuration; name a "
				  "text file";
			return false;
		}
	}
}

} // namespace

std::string source_name(const std::string &path)
{
	return path == "-" ? "<stdin>" : path;
}

bool read_source(const std::string &path, Source &source, std::string &problem)
{
	const bool standard_input = path == "-";
	const int fd = standard_input ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
	struct stat about = {};
	bool good = false;

	source.name = source_name(path);
	source.text.clear();
	if (fd < 0) {
		problem = std::string("cannot be opened: ") + std::strerror(errno);
		return false;
	}
	if (fstat(fd, &about) == 0 && S_ISDIR(about.st_mode))
		problem = "is a directory; name a file";
	else
		good = read_all(fd, source.text, problem);
	if (!standard_input)
		close(fd);
	return good;
}

} // namespace khttpdctl
