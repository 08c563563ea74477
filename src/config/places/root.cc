// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/places/root.h"

namespace khttpd {

NamedRoot *RootList::add(Bytes path, u32 line, ConfigMemory &memory, Mistakes &mistakes)
{
	for (NamedRoot *named = first_; named; named = named->next) {
		if (named->path == path)
			return named;
	}
	if (count_ == kMostRoots) {
		mistakes.fail(-kERANGE)
			.text("there are more than ")
			.number(kMostRoots)
			.text(" document roots");
		return nullptr;
	}
	NamedRoot *named = memory.make<NamedRoot>(1, mistakes);
	if (!named)
		return nullptr;
	count_++;
	named->path = memory.keep(path, mistakes);
	named->line = line;
	*last_ = named;
	last_ = &named->next;
	return named;
}

// A module that is loaded without parameters must work, with or without a site.
void RootList::open(kh_net *net, Mistakes &mistakes)
{
	const char *usual = khttpd_param_defaults[KH_PARAM_docroot];

	for (NamedRoot *named = first_; named; named = named->next) {
		const char *path = reinterpret_cast<const char *>(named->path.data());
		const int err = kh_root_open(net, path, &named->root);

		if (!err)
			continue;
		named->root = nullptr;
		named->missing = true;
		if (err == -kENOENT && __builtin_strcmp(path, usual) == 0)
			continue;
		mistakes.about(named->line);
		mistakes.fail(err)
			.text("docroot=")
			.shown(path)
			.text(": ")
			.text(err == -kENOENT  ? "no such directory" :
			      err == -kENOTDIR ? "not a directory" :
						 "cannot be opened");
	}
}

} // namespace khttpd
