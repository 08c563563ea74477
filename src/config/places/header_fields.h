// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Fields that a place adds to its replies, while they are read:
 *
 *	set NAME VALUE		in place of any other of the name
 *	add NAME VALUE		one more
 *	remove NAME		none of those that were inherited
 *
 * A place within begins with a copy, so fields are inherited one by one. The texts are borrowed
 * from the configuration's memory. Process context.
 */
#pragma once

#include <span>

#include "config/text/config_memory.h"

namespace khttpd {

class HeaderFields {
public:
	// Reads the words of a setting, whose texts stay where they are.
	void read(std::span<const Bytes> words, ConfigMemory &memory, Mistakes &mistakes);

	// Renders them for a head, each with its end of line. Empty without any, or with a mistake.
	Bytes render(ConfigMemory &memory, Mistakes &mistakes) const;

private:
	static constexpr usize kMost = 32;

	struct Field {
		Bytes name, value;
	};

	void remove(Bytes name);

	Field fields_[kMost];
	usize count_ = 0;
};

} // namespace khttpd
