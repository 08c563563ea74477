// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/error_pages.h"

#include "config/text/setting_words.h"

namespace khttpd {

const char *ErrorPages::set(Bytes code, Bytes name, ConfigMemory &memory, Mistakes &mistakes)
{
	for (Page &page : pages_) {
		const char *reason;

		if (page.code != code)
			continue;
		if (page.own)
			return ": the status already has a page";
		Arena &arena = memory.arena(name.size() + 2, mistakes);
		page.name = read_file_name(name, arena.room(), reason);
		arena.take(reason ? 0 : page.name.size() + 1);
		page.own = true;
		line_ = mistakes.line();
		return reason;
	}
	return ": the status is not 403, 404, 500 or 503";
}

void ErrorPages::read(Bytes text, ConfigMemory &memory, Mistakes &mistakes)
{
	for (Page &page : pages_)
		page.name = page.own ? page.name : Bytes();
	for (Bytes word = next_word(text); !word.empty(); word = next_word(text)) {
		const Bytes code = word.prefix(word.find('='));
		const char *reason =
			code.size() == word.size() ?
				" is not STATUS=/NAME" :
				set(code, word.drop(code.size() + 1), memory, mistakes);

		if (!reason)
			continue;
		mistakes.fail(-kEINVAL).text("error_pages: ").bytes(word).text(reason);
		return;
	}
}

void ErrorPages::read_one(Bytes code, Bytes name, ConfigMemory &memory, Mistakes &mistakes)
{
	if (const char *reason = set(code, name, memory, mistakes))
		mistakes.fail(-kEINVAL)
			.text("error_page: ")
			.bytes(code.prefix(64))
			.text(" ")
			.bytes(name.prefix(64))
			.text(reason);
}

void ErrorPages::inherit()
{
	line_ = 0;
	for (Page &page : pages_)
		page.own = false;
}

Bytes ErrorPages::find(Status status) const
{
	for (const Page &page : pages_) {
		if (page.status == status)
			return page.name;
	}
	return Bytes();
}

} // namespace khttpd
