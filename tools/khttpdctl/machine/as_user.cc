// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/as_user.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit_status.h"
#include "failure.h"
#include "machine/read_to_end.h"
#include "machine/unique_fd.h"

namespace khttpdctl {

namespace {

bool become(uid_t user, gid_t group)
{
	return setgroups(0, nullptr) == 0 && setresgid(group, group, group) == 0 &&
	       setresuid(user, user, user) == 0;
}

bool put(int fd, const std::string &text)
{
	for (size_t done = 0; done < text.size();) {
		const ssize_t size = write(fd, text.data() + done, text.size() - done);

		if (size < 0 && errno != EINTR)
			return false;
		done += size < 0 ? 0 : static_cast<size_t>(size);
	}
	return true;
}

[[noreturn]] void work_and_exit(int fd, uid_t user, gid_t group,
				const std::function<std::string()> &work)
{
	try {
		if (!become(user, group))
			throw Failure(kOsError, fmt::format("cannot become user {}: {}", user,
							    std::strerror(errno)));
		_exit(put(fd, work()) ? kOk : kOsError);
	} catch (const Failure &failure) {
		put(fd, failure.what());
		_exit(failure.status());
	} catch (const std::exception &error) {
		put(fd, error.what());
	}
	_exit(kOsError);
}

} // namespace

std::string as_user(uid_t user, gid_t group, const std::function<std::string()> &work)
{
	int ends[2];
	int status = 0;

	if (geteuid() != 0)
		return work();
	if (pipe2(ends, O_CLOEXEC) != 0)
		throw Failure(kOsError,
			      fmt::format("cannot make a pipe: {}", std::strerror(errno)));
	const UniqueFd ours(ends[0]);
	UniqueFd theirs(ends[1]);
	// What is not printed yet is to be printed once.
	std::fflush(nullptr);
	const pid_t child = fork();
	if (child == 0)
		work_and_exit(theirs.get(), user, group, work);
	theirs.reset();
	if (child < 0)
		throw Failure(kOsError,
			      fmt::format("cannot make a process: {}", std::strerror(errno)));
	const std::string text = read_to_end(ours.get());
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status))
		throw Failure(kOsError, "a child process was killed by a signal");
	if (WEXITSTATUS(status) != kOk)
		throw Failure(WEXITSTATUS(status), text);
	return text;
}

} // namespace khttpdctl
