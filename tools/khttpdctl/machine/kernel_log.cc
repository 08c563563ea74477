// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/kernel_log.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace khttpdctl {

namespace {

constexpr size_t kMost = 5;

// Of the module, or why it was not loaded.
bool concerns_us(const std::string &text)
{
	for (const char *part : {"khttpd: ", "ockdown: modprobe", "module verification failed"}) {
		if (text.find(part) != text.npos)
			return true;
	}
	return false;
}

// A record is `PRIORITY,NUMBER,TIME,FLAGS;TEXT`; lines that begin with a blank belong to the one
// before.
void add_lines(const std::string &records, std::vector<std::string> &out)
{
	for (size_t begin = 0; begin < records.size();) {
		const size_t end = std::min(records.find('\n', begin), records.size());
		const std::string record = records.substr(begin, end - begin);
		const size_t text = record.find(';');

		begin = end + 1;
		if (!record.empty() && record[0] != ' ' && text != record.npos &&
		    concerns_us(record.substr(text + 1)))
			out.push_back(record.substr(text + 1));
	}
}

} // namespace

KernelLog::KernelLog(const Machine &machine)
	: fd_(open(machine.path("/dev/kmsg").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC))
{
	if (fd_)
		lseek(fd_.get(), 0, SEEK_END);
}

std::vector<std::string> KernelLog::lines()
{
	std::vector<std::string> all;
	char record[8192];

	while (fd_) {
		const ssize_t got = read(fd_.get(), record, sizeof(record));

		// EPIPE: the next record was overwritten.
		if (got < 0 && (errno == EINTR || errno == EPIPE))
			continue;
		if (got <= 0)
			break;
		add_lines(std::string(record, static_cast<size_t>(got)), all);
	}
	if (all.size() > kMost)
		all.erase(all.begin(), all.end() - kMost);
	return all;
}

} // namespace khttpdctl
