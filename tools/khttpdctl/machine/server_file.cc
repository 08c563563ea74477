// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/server_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>

#include "exit_status.h"
#include "failure.h"
#include "machine/module.h"
#include "machine/read_to_end.h"

namespace khttpdctl {

namespace {

// More than the kernel gives.
constexpr size_t kMistakesMost = 1 << 20;

} // namespace

ServerFile::ServerFile(const Machine &machine)
	: fd_(open(machine.path(kServerFile).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW))
{
	const int err = errno;

	if (!fd_)
		throw Failure(err == EPERM || err == EACCES ? kNoPermission : kOsError,
			      fmt::format("cannot open {}: {}", kServerFile, std::strerror(err)));
}

int ServerFile::commit(const std::string &canonical)
{
	const std::string text = canonical + "commit\n";
	size_t done = 0;

	while (done < text.size()) {
		const ssize_t size = write(fd_.get(), text.data() + done, text.size() - done);

		if (size < 0)
			return errno;
		done += static_cast<size_t>(size);
	}
	return 0;
}

std::string ServerFile::mistakes()
{
	return read_to_end(fd_.get(), kMistakesMost);
}

} // namespace khttpdctl
