// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The line that tells the administrator why a configuration was refused. The first reason stays. */
#pragma once

#include "base/text_writer.h"

namespace khttpd {

class ConfigError {
public:
	explicit ConfigError(std::span<char> out) : out_(out) {}

	// `err` is a negative errno. The caller writes the line.
	TextWriter &fail(int err)
	{
		writer_ = TextWriter(err_ ? std::span<char>() : out_);
		err_ = err_ ? err_ : err;
		return writer_;
	}
	int err() const { return err_; }

private:
	std::span<char> out_;
	TextWriter writer_{std::span<char>()};
	int err_ = 0;
};

} // namespace khttpd
