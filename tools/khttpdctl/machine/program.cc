// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/program.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit_status.h"
#include "failure.h"
#include "machine/read_to_end.h"
#include "machine/unique_fd.h"

namespace khttpdctl {

namespace {

std::string without_line_end(std::string text)
{
	while (!text.empty() && text.back() == '\n')
		text.pop_back();
	return text;
}

int wait_for(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return 127;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Where the program's standard input, output and error lead.
class Files {
public:
	Files(int input, int output, bool errors)
	{
		posix_spawn_file_actions_init(&actions_);
		if (input >= 0)
			posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
		else
			posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null",
							 O_RDONLY, 0);
		posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
		if (errors)
			posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
		else
			posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null",
							 O_WRONLY, 0);
	}
	Files(const Files &) = delete;
	~Files() { posix_spawn_file_actions_destroy(&actions_); }
	const posix_spawn_file_actions_t *get() const { return &actions_; }

private:
	posix_spawn_file_actions_t actions_;
};

// Signals as they are at first, whatever this process waits for.
class Attributes {
public:
	Attributes()
	{
		sigset_t none;
		sigset_t all;

		sigemptyset(&none);
		sigfillset(&all);
		posix_spawnattr_init(&attributes_);
		posix_spawnattr_setsigmask(&attributes_, &none);
		posix_spawnattr_setsigdefault(&attributes_, &all);
		posix_spawnattr_setflags(&attributes_,
					 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	}
	Attributes(const Attributes &) = delete;
	~Attributes() { posix_spawnattr_destroy(&attributes_); }
	const posix_spawnattr_t *get() const { return &attributes_; }

private:
	posix_spawnattr_t attributes_;
};

} // namespace

void prepare_for_programs()
{
	const char *path = std::getenv("PATH");
	const std::string longer =
		std::string(path ? path : "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin";

	setenv("PATH", longer.c_str(), 1);
	setenv("LC_ALL", "C", 1);
}

Finished run_program(const std::vector<std::string> &words, bool errors, int input)
{
	std::vector<char *> arguments;
	int ends[2];
	pid_t child = 0;

	for (const std::string &word : words)
		arguments.push_back(const_cast<char *>(word.c_str()));
	arguments.push_back(nullptr);
	if (pipe2(ends, O_CLOEXEC) != 0)
		throw Failure(kOsError,
			      fmt::format("cannot make a pipe: {}", std::strerror(errno)));
	UniqueFd ours(ends[0]);
	UniqueFd theirs(ends[1]);
	const Files files(input, theirs.get(), errors);
	const Attributes attributes;
	const int err = posix_spawnp(&child, arguments[0], files.get(), attributes.get(),
				     arguments.data(), environ);
	theirs.reset();
	if (err)
		return {127, fmt::format("{}: {}", words[0], std::strerror(err))};
	std::string text = without_line_end(read_to_end(ours.get()));
	return {wait_for(child), std::move(text)};
}

bool has_program(const std::string &name)
{
	const char *path = std::getenv("PATH");
	std::string rest = path ? path : "";

	while (!rest.empty()) {
		const size_t end = std::min(rest.find(':'), rest.size());
		const std::string file = rest.substr(0, end) + "/" + name;

		if (end && access(file.c_str(), X_OK) == 0)
			return true;
		rest.erase(0, end + 1);
	}
	return false;
}

} // namespace khttpdctl
