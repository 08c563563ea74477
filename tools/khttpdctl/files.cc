// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "files.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <sys/stat.h>

#include "config/text/setting_words.h"
#include "language/spelling.h"

namespace khttpdctl {

namespace {

constexpr unsigned kNobody = 65534;

// Whether nobody has all of the permission bits (of others, such as S_IROTH). Access control lists
// are not looked at.
bool nobody_may(const struct stat &about, unsigned bits)
{
	const unsigned shift = about.st_uid == kNobody ? 6 : about.st_gid == kNobody ? 3 : 0;

	return (about.st_mode >> shift & bits) == bits;
}

// Why nobody cannot read what is there, with what helps; empty if nothing is in the way, or if this
// user cannot see it.
std::string why_unreadable(const std::string &path)
{
	const std::unique_ptr<char, void (*)(void *)> real(realpath(path.c_str(), nullptr), free);
	struct stat about = {};

	if (!real)
		return "";
	const std::string name = real.get();
	for (size_t end = 0; end != name.npos; end = name.find('/', end + 1)) {
		const std::string above = end ? name.substr(0, end) : "/";

		if (stat(above.c_str(), &about) == 0 && !nobody_may(about, S_IXOTH))
			return fmt::format("files are opened as the user nobody, who may not enter "
					   "{}; run chmod o+x {}",
					   printable(above), printable(above));
	}
	if (stat(name.c_str(), &about) != 0)
		return "";
	const bool folder = S_ISDIR(about.st_mode);
	if (nobody_may(about, folder ? S_IROTH | S_IXOTH : S_IROTH))
		return "";
	return fmt::format(
		"files are opened as the user nobody, who may not read {}; run chmod {} {}",
		printable(name), folder ? "o+rx" : "o+r", printable(name));
}

class FileChecker {
public:
	FileChecker(const Document &document, Diagnostics &out) : document_(document), out_(out) {}

	void check()
	{
		check_all(document_.top);
		for (const Section &site : document_.sites)
			check_all(site);
	}

private:
	// The top or a site, and its locations.
	void check_all(const Section &section)
	{
		site_ = &section;
		check_section(section);
		for (const Section &location : section.locations)
			check_section(location);
	}

	void check_root(const Entry &entry)
	{
		const std::string &path = entry.words[0].text;
		const Place place = entry.words[0].place;
		struct stat about = {};

		if (path.empty() || path[0] != '/')
			return;
		const std::string name = "docroot=" + shown(path);
		if (stat(path.c_str(), &about) != 0 && errno == ENOENT) {
			out_.warning(place, name + missing_root(path));
		} else if (stat(path.c_str(), &about) != 0) {
			out_.warning(place, fmt::format("{} cannot be examined: {}", name,
							std::strerror(errno)));
		} else if (!S_ISDIR(about.st_mode)) {
			out_.warning(place, name + " is not a directory; set it to one");
		} else if (const std::string why = why_unreadable(path); !why.empty()) {
			out_.warning(place, name + ": " + why);
		}
	}

	// The module does without the default, and with no other.
	static std::string missing_root(const std::string &path)
	{
		return path == find_setting("docroot")->fallback ?
			       " does not exist on this machine; until it does, only the built-in "
			       "page is served" :
			       " does not exist on this machine; create it, or correct the name";
	}

	// The section's own setting, or that of its site, or of the top.
	const Entry *effective(const Section &section, std::string_view name) const
	{
		for (const Section *one : {&section, site_}) {
			if (const Entry *entry = one->find(name))
				return entry;
		}
		return document_.top.find(name);
	}

	// The directory whose files the section serves, if it is there.
	std::string root_of(const Section &section) const
	{
		const Entry *docroot = effective(section, "docroot");
		const std::string path = docroot ? docroot->words[0].text :
						   find_setting("docroot")->fallback;
		struct stat about = {};

		return !path.empty() && stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode) ?
			       path :
			       "";
	}

	// Only what the section says itself is looked at, so that nothing is told twice.
	void check_section(const Section &section)
	{
		const Entry *docroot = section.find("docroot");

		if (docroot)
			check_root(*docroot);
		const std::string root = root_of(section);
		if (root.empty())
			return;
		const Entry *own = section.find("index") ? section.find("index") :
							   section.find("docroot");
		if (own && !has_no_index(section))
			check_index(section, root, *own);
		for (const Entry &entry : section.entries) {
			if (entry.setting->name == "error_page" && entry.words.size() == 2)
				check_page(entry.words[1].text, entry.words[1].place, root);
			else if (entry.setting->name == "error_pages")
				check_pages(entry, root);
		}
	}

	// Whether requests are answered without one, or are for no directory.
	bool has_no_index(const Section &section) const
	{
		const Entry *autoindex = effective(section, "autoindex");

		return effective(section, "try") ||
		       (autoindex && autoindex->words[0].text == "1") ||
		       (section.kind == kLocation && section.words[0].text[0] != '/') ||
		       section.find("redirect") || section.find("reply");
	}

	void check_index(const Section &section, const std::string &root, const Entry &told)
	{
		const Entry *index = effective(section, "index");
		const std::string folder =
			root + (section.kind == kLocation ? section.words[0].text : "/");
		std::vector<std::string> names;
		std::string list;

		for (const Word &word : index ? index->words : std::vector<Word>())
			names.push_back(word.text);
		if (!index)
			names.push_back(find_setting("index")->fallback);
		for (const std::string &name : names) {
			const std::string file = folder + name;

			list += (list.empty() ? "" : ", ") + name;
			if (!is_there(file))
				continue;
			const std::string why = why_unreadable(file);
			// That of the document root is told already.
			if (!why.empty() && why_unreadable(root).empty())
				out_.warning(told.words[0].place, "index: " + why);
			return;
		}
		out_.warning(told.words[0].place,
			     fmt::format("index: no {} in {}; create it, or set autoindex = on",
					 shown(list), shown(folder.substr(0, folder.size() - 1))));
	}

	// Pages as earlier versions have them: STATUS=/NAME.
	void check_pages(const Entry &entry, const std::string &root)
	{
		const std::string &text = entry.words[0].text;
		khttpd::Bytes rest = khttpd::Bytes::literal(text.data(), text.size());

		for (khttpd::Bytes word = khttpd::next_word(rest); !word.empty();
		     word = khttpd::next_word(rest)) {
			const khttpd::Bytes name = word.drop(word.find('=') + 1);

			check_page(std::string(name.begin(), name.end()), entry.words[0].place,
				   root);
		}
	}

	void check_page(const std::string &name, Place place, const std::string &root)
	{
		khttpd::u8 room[PATH_MAX];
		const char *reason = nullptr;
		const khttpd::Bytes path = khttpd::read_file_name(
			khttpd::Bytes::literal(name.data(), name.size()), room, reason);

		// What cannot be a name is the builder's to tell.
		if (reason || name.size() >= sizeof(room))
			return;
		const std::string file = root + "/" + std::string(path.begin(), path.end());
		const std::string why = why_unreadable(file);
		if (!is_there(file))
			out_.warning(place, fmt::format("error page {}: no such file in {}; create "
							"it, or correct the name",
							shown(name), shown(root)));
		else if (!why.empty())
			out_.warning(place, fmt::format("error page {}: {}", shown(name), why));
	}

	// What this user may not see may be there.
	static bool is_there(const std::string &path)
	{
		struct stat about = {};

		return stat(path.c_str(), &about) == 0 || errno == EACCES;
	}

	const Document &document_;
	Diagnostics &out_;
	// The section that the one which is looked at stands in, or that one.
	const Section *site_ = nullptr;
};

} // namespace

void warn_of_files(const Document &document, Diagnostics &out)
{
	FileChecker(document, out).check();
}

} // namespace khttpdctl
