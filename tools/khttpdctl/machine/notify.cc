// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/notify.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "machine/unique_fd.h"

namespace khttpdctl {

void notify(const std::string &lines)
{
	const char *name = std::getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {};
	const size_t size = name ? std::strlen(name) : 0;

	if (size < 2 || size > sizeof(address.sun_path) || (name[0] != '/' && name[0] != '@'))
		return;
	const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	address.sun_family = AF_UNIX;
	std::memcpy(address.sun_path, name, size);
	// One that no file system has begins with a byte 0.
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	if (fd)
		sendto(fd.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
		       reinterpret_cast<const struct sockaddr *>(&address),
		       static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + size));
}

void notify_of_reload()
{
	struct timespec now = {};

	clock_gettime(CLOCK_MONOTONIC, &now);
	notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
			   now.tv_sec * 1000000LL + now.tv_nsec / 1000));
}

} // namespace khttpdctl
