// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/lock.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "exit_status.h"
#include "failure.h"

namespace khttpdctl {

namespace {

constexpr const char *kLock = "/run/khttpdctl.lock";
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kPause{50};

} // namespace

Lock::Lock(const Machine &machine)
	: fd_(open(machine.path(kLock).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600))
{
	const auto end = std::chrono::steady_clock::now() + kPatience;

	if (!fd_)
		throw Failure(kOsError,
			      fmt::format("cannot open {}: {}", kLock, std::strerror(errno)));
	while (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
		if (std::chrono::steady_clock::now() > end)
			throw Failure(kTemporary,
				      fmt::format("another khttpdctl is running (it holds {})",
						  kLock));
		std::this_thread::sleep_for(kPause);
	}
}

} // namespace khttpdctl
