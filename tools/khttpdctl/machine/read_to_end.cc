// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/read_to_end.h"

#include <cerrno>

#include <unistd.h>

namespace khttpdctl {

std::string read_to_end(int fd, size_t most)
{
	std::string text;
	char block[4096];

	while (text.size() < most) {
		const ssize_t got = read(fd, block, sizeof(block));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		text.append(block, static_cast<size_t>(got));
	}
	return text;
}

} // namespace khttpdctl
