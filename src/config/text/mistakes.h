// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What is wrong with a configuration, one line each, in words for the administrator. Before the
 * text stands the number of the line that it is about, `LINE: TEXT`, unless the lines are made of
 * parameters, of which only the first mistake is told. Any context.
 */
#pragma once

#include "base/errno.h"
#include "base/text_writer.h"

namespace khttpd {

class Mistakes {
public:
	enum class Form : u8 { lines, parameters };

	// `out` is the caller's, and has a NUL behind what is written.
	explicit Mistakes(std::span<char> out, Form form = Form::lines) : writer_(out), form_(form)
	{
	}

	// What is said from now on is about this line, from 1 on; 0 is the whole.
	void about(u32 line) { line_ = line; }
	u32 line() const { return line_; }

	// Begins a mistake; the caller writes the rest of its line. `err` is a negative errno: the
	// first one is what the whole comes to.
	TextWriter &fail(int err)
	{
		const bool told = err_ != 0;

		err_ = told ? err_ : err;
		if (form_ == Form::parameters)
			return told ? silent_ : writer_;
		// One more than fits would be half a line.
		if (writer_.cut() || count_ == kMost)
			return silent_;
		if (count_++)
			writer_.put('\n');
		return writer_.number(line_).text(": ");
	}
	void fail_memory() { fail(-kENOMEM).text("out of memory"); }

	// The first mistake's errno, or 0.
	int err() const { return err_; }

private:
	static constexpr u32 kMost = 100;

	TextWriter writer_;
	TextWriter silent_{std::span<char>()};
	Form form_;
	u32 line_ = 0;
	u32 count_ = 0;
	int err_ = 0;
};

} // namespace khttpd
