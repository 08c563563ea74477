// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * khttpdctl digests: the list that gives large files a tag of their content (khttpd(4), FILES AND
 * THEIR TAGS). Root reads as the server does and writes as the directory's owner: whoever may write
 * below the directory can put a link in the place of anything, and must not get at more by that.
 */
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <fts.h>
#include <sys/stat.h>

#include "change.h"
#include "commands.h"
#include "exit_status.h"
#include "failure.h"
#include "machine/as_user.h"
#include "machine/program.h"
#include "messages.h"

namespace khttpdctl {

namespace {

constexpr const char *kList = ".khttpd-digests";
constexpr const char *kNewList = ".khttpd-digests.new";
// Smaller ones have a tag of their content without a list, whatever etag_hash_size is.
constexpr off_t kFrom = 65536;
constexpr size_t kNameMost = 4095;
constexpr unsigned kNobody = 65534;
constexpr std::chrono::seconds kMoment{2};

struct LargeFile {
	// Below the directory.
	std::string name;
	// Size, times, inode: as they stand in a line, behind the digest.
	std::string about;
	time_t changed;
};

std::string about(const struct stat &file)
{
	const auto time = [](const struct timespec &t) {
		return fmt::format("{}{:09}", t.tv_sec, t.tv_nsec);
	};

	return fmt::format("{}\t{}\t{}\t{}", file.st_size, time(file.st_mtim), file.st_ino,
			   time(file.st_ctim));
}

// A name with control characters cannot stand in a list of lines.
bool may_be_listed(const std::string &name)
{
	return name.size() <= kNameMost && name.compare(0, std::strlen(kList), kList) != 0 &&
	       std::none_of(name.begin(), name.end(), [](char c) {
		       return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
	       });
}

struct CloseTree {
	void operator()(FTS *tree) const { fts_close(tree); }
};

// Below the working directory, links not followed.
std::vector<LargeFile> find_large()
{
	char top[] = ".";
	char *const tops[] = {top, nullptr};
	const std::unique_ptr<FTS, CloseTree> tree(
		fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, nullptr));
	std::vector<LargeFile> all;

	while (FTSENT *entry = tree ? fts_read(tree.get()) : nullptr) {
		const std::string name = entry->fts_pathlen > 2 ? entry->fts_path + 2 : "";

		if (entry->fts_info == FTS_F && entry->fts_statp->st_size >= kFrom &&
		    S_ISREG(entry->fts_statp->st_mode) && may_be_listed(name))
			all.push_back(
				{name, about(*entry->fts_statp), entry->fts_statp->st_ctim.tv_sec});
	}
	return all;
}

// The time of change tells of one, unless that came within the same moment, which has to be over.
void wait_for_changes(const std::vector<LargeFile> &files)
{
	const time_t over = time(nullptr) - kMoment.count();

	if (std::any_of(files.begin(), files.end(),
			[&](const LargeFile &file) { return file.changed >= over; }))
		std::this_thread::sleep_for(kMoment);
}

// The line of a file that stays what it is meanwhile; else nothing.
std::string line_of(const LargeFile &file)
{
	const UniqueFd fd(
		open(file.name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
	const auto is_same = [&] {
		struct stat now = {};

		return fstat(fd.get(), &now) == 0 && about(now) == file.about;
	};

	if (!fd || !is_same())
		return "";
	const Finished done = run_program({"sha256sum"}, false, fd.get());
	const std::string digest = done.text.substr(0, done.text.find(' '));
	return done.status == 0 && digest.size() == 64 && is_same() ?
		       fmt::format("{}\t{}\t{}\n", file.name, digest, file.about) :
		       "";
}

// The text of the list, and behind it the number of files that have no line in it.
std::string make_list(bool progress)
{
	const std::vector<LargeFile> files = find_large();
	std::vector<std::string> lines;
	std::string text;
	size_t done = 0;

	wait_for_changes(files);
	for (const LargeFile &file : files) {
		const std::string line = line_of(file);

		if (!line.empty())
			lines.push_back(line);
		done++;
		if (progress)
			fmt::print(stderr, "\rkhttpdctl: {} of {} files{}", done, files.size(),
				   done == files.size() ? "\n" : "");
	}
	std::sort(lines.begin(), lines.end());
	for (const std::string &line : lines)
		text += line;
	return text + std::to_string(files.size() - lines.size());
}

// Opened as a new file, which no link can lead elsewhere.
std::string write_list(const std::string &text)
{
	umask(022);
	unlink(kNewList);
	const UniqueFd fd(open(kNewList, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
	bool good = static_cast<bool>(fd);

	for (size_t done = 0; good && done < text.size();) {
		const ssize_t size = write(fd.get(), text.data() + done, text.size() - done);

		good = size > 0;
		done += good ? static_cast<size_t>(size) : 0;
	}
	if (!good || rename(kNewList, kList) != 0)
		throw Failure(kOsError, std::strerror(errno));
	return "";
}

std::string docroot_of(const Options &options)
{
	Configuration configuration;
	const int status = read_good(configuration, options.conf, options.quiet);

	if (status != kOk)
		throw Failure(status, "the document root is not known");
	const Entry *docroot = configuration.document().top.find("docroot");
	const std::string path = docroot ? docroot->words[0].text :
					   find_setting("docroot")->fallback;
	if (path.empty())
		throw Failure(kNoInput, options.conf + " has no document root");
	return path;
}

// Where root owns the directory the list is written as root.
void check_owner(const struct stat &folder, const std::string &directory)
{
	if (geteuid() == 0 && folder.st_uid == 0 && (folder.st_mode & (S_IWGRP | S_IWOTH)))
		throw Failure(kNoPermission, fmt::format("users other than root may write to {0}: "
							 "change its owner, or run chmod go-w {0}",
							 directory));
}

} // namespace

int run_digests(const Options &options)
{
	const std::string directory = options.directory.empty() ? docroot_of(options) :
								  options.directory;
	struct stat folder = {};

	if (chdir(directory.c_str()) != 0 || stat(".", &folder) != 0)
		throw Failure(kNoInput, "cannot enter the directory " + directory);
	check_owner(folder, directory);
	const bool progress = !options.quiet && isatty(STDERR_FILENO);
	std::string text = as_user(kNobody, kNobody, [&] { return make_list(progress); });
	const size_t end = text.rfind('\n') + 1;
	const std::string left = text.substr(end);
	text.erase(end);
	try {
		as_user(folder.st_uid, folder.st_gid, [&] { return write_list(text); });
	} catch (const Failure &failure) {
		throw Failure(failure.status(), fmt::format("cannot write {}/{}: {}", directory,
							    kList, failure.what()));
	}
	note(options.quiet,
	     fmt::format("wrote {} digests to {}/{}", std::count(text.begin(), text.end(), '\n'),
			 directory, kList));
	if (left != "0")
		warn(left +
		     " files changed or could not be read, and have no digest: run it again");
	return kOk;
}

} // namespace khttpdctl
