// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl metrics: what the server has counted, as Prometheus' text format. */
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "commands.h"
#include "exit_status.h"
#include "failure.h"
#include "machine/module.h"
#include "machine/read_to_end.h"
#include "machine/unique_fd.h"

namespace khttpdctl {

namespace {

std::string read_metrics(const Machine &machine)
{
	const UniqueFd fd(open(machine.path(kMetricsFile).c_str(), O_RDONLY | O_CLOEXEC));
	std::string text;

	if (!fd && !Module(machine).serves())
		throw Failure(kNotRunning, "khttpd is not running");
	if (!fd && errno == ENOENT)
		throw Failure(kUnavailable, "the loaded module has no metrics: restart to load "
					    "the one that is installed");
	if (fd)
		text = read_to_end(fd.get());
	// It may have been unloaded in the meantime.
	if (text.size() < 6 || text.compare(text.size() - 6, 6, "# EOF\n") != 0)
		throw Failure(kOsError, fmt::format("cannot read {}", kMetricsFile));
	return text;
}

// Prometheus' own text format, which the node exporter reads, is older than OpenMetrics: there a
// counter's family has the name of its samples, and nothing tells units or the end.
std::string line_for_prometheus(const std::string &line, bool &counter)
{
	const size_t name = std::strlen("# TYPE ");

	if (line.compare(0, name, "# TYPE ") == 0) {
		const size_t end = line.find(' ', name);

		counter = end != line.npos && line.compare(end, line.npos, " counter") == 0;
	} else if (line.compare(0, name, "# HELP ") != 0) {
		return line[0] == '#' ? "" : line + "\n";
	}
	std::string told = line;
	const size_t end = line.find(' ', name);

	if (counter && end != line.npos)
		told.insert(end, "_total");
	return told + "\n";
}

std::string for_prometheus(const std::string &text)
{
	std::string told;
	bool counter = false;
	size_t begin = 0;

	for (size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
		if (end > begin)
			told += line_for_prometheus(text.substr(begin, end - begin), counter);
	}
	return told;
}

// A file that is written beside the other and takes its place when it is whole.
class Replacement {
public:
	explicit Replacement(const std::string &name) : name_(name), temporary_(name + ".XXXXXX")
	{
		fd_ = UniqueFd(mkostemp(temporary_.data(), O_CLOEXEC));
		if (!fd_)
			fail();
	}
	~Replacement()
	{
		if (!placed_ && fd_)
			unlink(temporary_.c_str());
	}
	Replacement(const Replacement &) = delete;
	Replacement &operator=(const Replacement &) = delete;

	void write_all(const std::string &text) const
	{
		for (size_t done = 0; done < text.size();) {
			const ssize_t size =
				write(fd_.get(), text.data() + done, text.size() - done);

			if (size < 0 && errno != EINTR)
				fail();
			done += size > 0 ? static_cast<size_t>(size) : 0;
		}
	}
	// The collector may run as another user.
	void place()
	{
		if (fchmod(fd_.get(), 0644) != 0 ||
		    std::rename(temporary_.c_str(), name_.c_str()) != 0)
			fail();
		placed_ = true;
	}

private:
	[[noreturn]] void fail() const
	{
		const int err = errno;

		throw Failure(err == EACCES || err == EPERM ? kNoPermission : kOsError,
			      fmt::format("cannot write {}: {}", name_, std::strerror(err)));
	}

	const std::string name_;
	std::string temporary_;
	UniqueFd fd_;
	bool placed_ = false;
};

} // namespace

int run_metrics(const Options &options)
{
	const Machine machine(options.root);
	const std::string text = for_prometheus(read_metrics(machine));

	if (options.output.empty()) {
		std::fwrite(text.data(), 1, text.size(), stdout);
	} else {
		Replacement file(options.output);

		file.write_all(text);
		file.place();
	}
	return Module(machine).serves() ? kOk : kNotRunning;
}

} // namespace khttpdctl
