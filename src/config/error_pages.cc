// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/error_pages.h"

#include "base/errno.h"
#include "config/setting_words.h"

namespace khttpd {

ErrorPages::Page *ErrorPages::find_code(Bytes code)
{
	for (Page &page : pages_) {
		if (page.code == code)
			return &page;
	}
	return nullptr;
}

void ErrorPages::read(Bytes text, Arena &arena, ConfigError &error)
{
	for (Bytes word = next_word(text); !word.empty(); word = next_word(text)) {
		const Bytes code = word.prefix(word.find('='));
		Page *page = find_code(code);
		const char *reason = nullptr;

		if (code.size() == word.size())
			reason = " is not STATUS=/NAME";
		else if (!page)
			reason = ": the status is none of 403, 404, 500, 503";
		else if (!page->name.empty())
			reason = ": the status has a page already";
		else
			page->name =
				read_file_name(word.drop(code.size() + 1), arena.room(), reason);
		if (reason) {
			error.fail(-kEINVAL).text("error_pages: ").bytes(word).text(reason);
			return;
		}
		// cppcheck-suppress nullPointerRedundantCheck // without a page there is a reason
		arena.take(page->name.size() + 1);
	}
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
