// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/digest_list.h"

#include "http/chars.h"
#include "server/files/owners.h"

namespace khttpd {

namespace {

// A name, a digest, four numbers, and what stands between them.
constexpr usize kLongestLine = KH_PATH_BYTES + 64 + 4 * 20 + 6;
// The end of one line and all of the next one: of most lists, and of any.
constexpr usize kUsualWindow = 512;
constexpr usize kWindow = 2 * kLongestLine;
// Of SHA-256, in hexadecimal.
constexpr usize kDigestDigits = 64;

// Takes what stands before the next tab, or all.
Bytes take_column(Bytes &line)
{
	const usize size = line.find('\t');
	const Bytes column = line.prefix(size);

	line = line.drop(size + 1);
	return column;
}

bool is_number(Bytes text, u64 expected)
{
	u8 decimal[20];

	return text == Bytes(decimal, format_decimal(expected, decimal));
}

// True when the line's rest tells of the file as it is. Where ctime tells of changes, it and the
// inode are those of no other bytes, whatever was renamed since. An image's files and list were
// made together, before they had inodes there.
bool tells_of(Bytes line, const kh_file_info &list, const kh_file_info &file)
{
	if (!is_number(take_column(line), file.size) ||
	    !is_number(take_column(line), file.mtime_ns))
		return false;
	if (file.change == KH_CHANGE_NEVER)
		return list.change == KH_CHANGE_NEVER && list.device == file.device;
	return file.change == KH_CHANGE_TOLD && is_number(take_column(line), file.inode) &&
	       is_number(take_column(line), file.ctime_ns) && line.empty();
}

usize read_digest(Bytes text, std::span<u8> out)
{
	usize n = 0;

	if (text.size() != kDigestDigits)
		return 0;
	for (; n < out.size(); n++) {
		const int high = hex_value(text[2 * n]);
		const int low = hex_value(text[2 * n + 1]);

		if (high < 0 || low < 0)
			return 0;
		out[n] = static_cast<u8>(high << 4 | low);
	}
	return n;
}

// The list while it is searched.
class DigestList {
public:
	DigestList(OpenFile file, u64 size, std::span<u8> window)
		: file_(std::move(file)), size_(size), window_(window)
	{
	}
	// Finds the line of the name, and gives what stands behind the name; empty when there is
	// none.
	Bytes find(Bytes name);

private:
	struct Line {
		u64 begin;
		Bytes text;
		bool found;
	};
	Line line_at(u64 offset, u64 end);
	Line line_within(u64 offset, u64 end, usize window);

	OpenFile file_;
	u64 size_;
	std::span<u8> window_;
};

// Reads the first line that begins at `offset` or behind, and before `end`.
DigestList::Line DigestList::line_at(u64 offset, u64 end)
{
	const Line line = line_within(offset, end, kUsualWindow);

	return line.found ? line : line_within(offset, end, window_.size());
}

// The same for a line that ends within so many bytes.
DigestList::Line DigestList::line_within(u64 offset, u64 end, usize window)
{
	// A line begins behind the end of another, or with the file.
	const u64 from = offset ? offset - 1 : 0;
	const ptrdiff_t n = kh_file_read(file_.get(), from, window_.data(), window);

	if (n <= 0)
		return {end, Bytes(), false};
	Bytes text(window_.data(), static_cast<usize>(n));
	const usize skipped = offset ? text.find('\n') + 1 : 0;
	const u64 begin = from + skipped;
	text = text.drop(skipped);
	const usize size = text.find('\n');
	// One that has no end is no line of ours.
	return {begin, text.prefix(size), begin < end && size < text.size()};
}

Bytes DigestList::find(Bytes name)
{
	u64 low = 0;
	u64 high = size_;

	// What is left becomes less than half each time.
	for (int looks = 0; low < high && looks < 64; looks++) {
		const u64 middle = low + (high - low) / 2;
		const Line line = line_at(middle, high);

		if (!line.found) {
			high = middle;
			continue;
		}
		Bytes rest = line.text;
		const int order = compare(take_column(rest), name);

		if (order == 0)
			return rest;
		if (order < 0)
			low = line.begin + line.text.size() + 1;
		else
			high = middle;
	}
	return Bytes();
}

} // namespace

u64 digest_list_stamp(kh_root *root)
{
	kh_file_info info;

	if (kh_file_stat(root, kDigestListName, &info))
		return 1;
	const u64 stamp[] = {info.inode, info.mtime_ns, info.ctime_ns, info.size};
	const u64 hash = kh_machine_hash(stamp, sizeof(stamp));

	return hash ? hash : 1;
}

usize find_listed_digest(kh_root *root, Bytes name, const kh_file_info &file, std::span<u8> out)
{
	kh_file_info info;
	Result<OpenFile> list = open_file(root, kDigestListName, info);

	if (!list || !*list)
		return 0;
	u8 *window = static_cast<u8 *>(kh_alloc(kWindow, KH_GFP_KERNEL));
	if (!window)
		return 0;
	if (!name.empty() && name[0] == '/')
		name = name.drop(1);
	Bytes line = DigestList(list.take(), info.size, {window, kWindow}).find(name);
	const Bytes digest = take_column(line);
	const usize size = tells_of(line, info, file) ? read_digest(digest, out) : 0;

	kh_free(window);
	return size;
}

} // namespace khttpd
