// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Signals that ask a command which goes on to do something, taken when it has time for them. */
#pragma once

#include <csignal>
#include <ctime>

namespace khttpdctl {

class Signals {
public:
	Signals()
	{
		sigemptyset(&set_);
		for (int signal : {SIGHUP, SIGINT, SIGTERM})
			sigaddset(&set_, signal);
		sigprocmask(SIG_BLOCK, &set_, nullptr);
	}
	// The signal that has come, or 0 after that while.
	int wait(const struct timespec &most) const
	{
		const int signal = sigtimedwait(&set_, nullptr, &most);

		return signal < 0 ? 0 : signal;
	}

private:
	sigset_t set_;
};

} // namespace khttpdctl
