// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The kernel's side of a run: whether it reported something, and the input where a machine that
// dies of it leaves it behind.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "fail.h"

namespace wire {

// Only what no harmless line has. tests/vm/e2e/kernel_log.py reads the whole log afterwards, and
// tells the module's races from the kernel's.
constexpr std::string_view kReports[] = {
	"BUG: ",
	"WARNING: ",
	"KASAN: ",
	"UBSAN: ",
	"Oops",
	"INFO: task",
	"general protection",
	"CFI failure",
	"refcount_t: ",
	"list_del corruption",
	"list_add corruption",
};

class KernelLog {
public:
	KernelLog() : fd_(open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC))
	{
		check(fd_ >= 0, "no kernel log");
		lseek(fd_, 0, SEEK_END);
	}
	~KernelLog() { ::close(fd_); }

	void check_silence() const
	{
		char record[8192];

		for (;;) {
			const ssize_t size = ::read(fd_, record, sizeof(record));

			// EPIPE: some were overwritten before they were read.
			if (size < 0 && errno == EPIPE)
				continue;
			if (size <= 0)
				return;
			const std::string_view text(record, size);

			if (text.find("BUG: KCSAN: ") != text.npos)
				continue;
			for (std::string_view report : kReports)
				check(text.find(report) == text.npos, "the kernel reports", text);
		}
	}

private:
	int fd_;
};

// A disk of the machine whose first blocks have the size and the bytes of the last input.
class LastInput {
public:
	LastInput()
	{
		const char *const path = getenv("KH_WIRE_LAST");

		if (path == nullptr)
			return;
		fd_ = open(path, O_WRONLY | O_DIRECT | O_DSYNC | O_CLOEXEC);
		check(fd_ >= 0, "the disk for the last input cannot be opened", path);
	}

	void keep(const uint8_t *data, size_t size)
	{
		const auto kept = static_cast<uint32_t>(std::min(size, kSize - 4));

		if (fd_ < 0)
			return;
		memcpy(block_, &kept, 4);
		memcpy(block_ + 4, data, kept);
		const size_t all = (kept + 4 + kBlock - 1) / kBlock * kBlock;
		check(pwrite(fd_, block_, all, 0) == static_cast<ssize_t>(all),
		      "the last input cannot be kept");
	}

private:
	static constexpr size_t kBlock = 4096;
	static constexpr size_t kSize = 16 * kBlock;

	int fd_ = -1;
	alignas(kBlock) uint8_t block_[kSize] = {};
};

} // namespace wire
