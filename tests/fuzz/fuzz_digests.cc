// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A list of digests, whatever is in it: every line of one that is sorted is found and gives its
// digest.
#include <algorithm>
#include <filesystem>

#include "../unit/kapi_model.cc"
#include "fuzz.h"
#include "server/files/digest_list.h"

namespace {

using namespace khttpd;

struct Spot {
	Spot()
	{
		char name[] = "/dev/shm/khttpd-fuzz-XXXXXX";

		FUZZ_CHECK(mkdtemp(name) != nullptr);
		root.path = name;
	}
	~Spot() { std::filesystem::remove_all(root.path); }
	kh_root root;
};

std::string name_of(const std::string &line)
{
	return line.substr(0, line.find('\t'));
}

// The digest that a line gives to the file; empty when it is not told of.
std::string digest_of(const std::string &line, const kh_file_info &file)
{
	const std::string tail = "\t" + std::to_string(file.size) + "\t" +
				 std::to_string(file.mtime_ns) + "\t" + std::to_string(file.inode) +
				 "\t" + std::to_string(file.ctime_ns);
	const size_t begin = line.find('\t') + 1;
	const size_t end = line.find('\t', begin);

	if (begin == 0 || end == line.npos || line.compare(end, line.npos, tail) != 0)
		return "";
	return line.substr(begin, end - begin);
}

void check(kh_root &root, const std::string &name, const std::string &line, bool sorted)
{
	// As long as the numbers of the seeds, which the fuzzer puts before names of its own.
	const kh_file_info file = {.size = 1,
				   .inode = 4,
				   .mtime = 0,
				   .mtime_ns = 2,
				   .ctime_ns = 3,
				   .device = 0,
				   .change = KH_CHANGE_TOLD,
				   .directory = false,
				   .time_of_image = false};
	const FuzzCopy asked(Bytes(reinterpret_cast<const u8 *>(name.data()), name.size()));
	u8 digest[16];
	const usize size = find_listed_digest(&root, asked.bytes(), file, digest);
	std::string found;

	FUZZ_CHECK(size <= sizeof(digest));
	for (usize i = 0; i < size; i++) {
		char text[3];

		snprintf(text, sizeof(text), "%02x", digest[i]);
		found += text;
	}
	std::string expected = digest_of(line, file);
	expected.resize(expected.size() == 64 ? 32 : 0);
	std::transform(expected.begin(), expected.end(), expected.begin(), tolower);
	if (expected.find_first_not_of("0123456789abcdef") != expected.npos)
		expected.clear();
	FUZZ_CHECK(!sorted || found == expected);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static Spot spot;
	const std::string text(data, data + size);
	std::vector<std::string> lines;

	FILE *file = fopen((spot.root.path + "/" + kDigestListName).c_str(), "wb");
	FUZZ_CHECK(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
	for (size_t at = 0, end; (end = text.find('\n', at)) != text.npos; at = end + 1)
		lines.push_back(text.substr(at, end - at));

	bool sorted = true;
	for (size_t i = 1; i < lines.size(); i++)
		sorted = sorted && name_of(lines[i - 1]) < name_of(lines[i]);
	for (const std::string &line : lines) {
		const std::string name = name_of(line);

		// A name has no slash before it.
		if (name.empty() || name[0] != '/')
			check(spot.root, name, line, sorted);
	}
	check(spot.root, "none", "", false);
	return 0;
}
