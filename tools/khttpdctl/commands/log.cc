// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl log: the replies that the server has recorded, which are then no longer its. */
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "commands.h"
#include "exit_status.h"
#include "failure.h"
#include "log_line.h"
#include "machine/module.h"
#include "machine/signals.h"
#include "machine/unique_fd.h"
#include "messages.h"

namespace khttpdctl {

namespace {

// A read of the log never waits, so following is to ask again.
constexpr std::chrono::milliseconds kPause{200};

// Standard output, or a file that is appended to.
class Output {
public:
	explicit Output(const std::string &name) : name_(name)
	{
		if (!reopen())
			throw Failure(errno == EACCES ? kNoPermission : kOsError,
				      fmt::format("cannot open {}: {}", name_,
						  std::strerror(errno)));
	}

	// By its name, which may be another file's now. False if it cannot be, and nothing changes.
	bool reopen()
	{
		if (name_.empty())
			return true;
		UniqueFd fd(open(name_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
		if (!fd)
			return false;
		fd_ = std::move(fd);
		return true;
	}
	int fd() const { return fd_ ? fd_.get() : STDOUT_FILENO; }

private:
	const std::string name_;
	UniqueFd fd_;
};

class Printer {
public:
	Printer(const Output &output, bool json) : output_(output), json_(json) {}

	// False when whoever reads it has gone.
	bool print(const std::string &text)
	{
		if (!json_)
			return put(text);
		rest_ += text;
		std::string lines;
		size_t begin = 0;
		for (size_t end; (end = rest_.find('\n', begin)) != rest_.npos; begin = end + 1)
			lines += json_of_log_line(rest_.substr(begin, end - begin)) + "\n";
		rest_.erase(0, begin);
		return put(lines);
	}

private:
	bool put(const std::string &text) const
	{
		for (size_t done = 0; done < text.size();) {
			const ssize_t size =
				write(output_.fd(), text.data() + done, text.size() - done);

			if (size < 0 && errno == EINTR)
				continue;
			if (size < 0 && errno == EPIPE)
				return false;
			if (size < 0)
				throw Failure(kOsError, fmt::format("cannot write: {}",
								    std::strerror(errno)));
			done += static_cast<size_t>(size);
		}
		return true;
	}

	const Output &output_;
	const bool json_;
	// The beginning of a line.
	std::string rest_;
};

class Reader {
public:
	explicit Reader(const Machine &machine)
		: module_(machine), fd_(open(machine.path(kLogFile).c_str(), O_RDONLY | O_CLOEXEC))
	{
		if (!fd_)
			fail("cannot open the log");
	}

	// What was recorded up to now, a part at a time; empty when that is all.
	std::string next() const
	{
		char block[65536];
		const ssize_t got = read(fd_.get(), block, sizeof(block));

		if (got < 0)
			fail("cannot read the log");
		return std::string(block, static_cast<size_t>(got));
	}
	void need_module() const
	{
		if (!module_.loaded())
			throw Failure(kNotRunning, "khttpd was unloaded");
	}

private:
	[[noreturn]] void fail(const char *what) const
	{
		const int err = errno;

		need_module();
		throw Failure(err == EACCES || err == EPERM ? kNoPermission : kOsError,
			      fmt::format("{}: {}", what, std::strerror(err)));
	}

	const Module module_;
	const UniqueFd fd_;
};

void need_recording(const Machine &machine)
{
	const std::string config = "\n" + machine.text_of(kConfigFile) + "\n";

	if (!Module(machine).serves())
		throw Failure(kUnavailable, "khttpd is not running: start it first");
	if (config.find("\naccess_log = 0\n") != config.npos &&
	    config.find("\naccess_log = 1\n") == config.npos)
		throw Failure(kUnavailable, "nothing is recorded: set access_log = 1 and reload");
}

// Waits for more, and does what signals say; false when one asks for the end. Without a file
// they have their usual effect: a pipe that nobody reads must not keep them waiting.
class Pause {
public:
	Pause(Output &output, bool signals) : output_(output)
	{
		if (signals)
			signals_.emplace();
	}
	bool wait()
	{
		if (!signals_) {
			std::this_thread::sleep_for(kPause);
			return true;
		}
		const int signal = signals_->wait({0, std::chrono::nanoseconds(kPause).count()});

		if (signal == SIGHUP && !output_.reopen())
			warn(fmt::format("cannot open it anew: {}", std::strerror(errno)));
		return !signal || signal == SIGHUP;
	}

private:
	Output &output_;
	std::optional<Signals> signals_;
};

} // namespace

int run_log(const Options &options)
{
	const Machine machine(options.root);

	machine.need_root("log");
	need_recording(machine);
	Output output(options.output);
	Printer printer(output, options.json);
	Pause pause(output, !options.output.empty());
	std::signal(SIGPIPE, SIG_IGN);
	const Reader reader(machine);
	for (;;) {
		const std::string part = reader.next();

		if (!printer.print(part))
			return kOk;
		if (!part.empty())
			continue;
		if (!options.follow)
			return kOk;
		if (!pause.wait())
			return kOk;
		reader.need_module();
	}
}

} // namespace khttpdctl
