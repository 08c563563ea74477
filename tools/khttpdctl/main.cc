// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The command line of khttpdctl(8). */
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "commands.h"
#include "exit_status.h"
#include "language/spelling.h"

namespace khttpdctl {

namespace {

constexpr const char *kFooter =
	"Exit status: 0 success, 64 wrong usage, 66 no configuration file, 78 mistakes in the\n"
	"configuration.";

class CommandLine {
public:
	CommandLine() : app_("Controls the web server in the kernel.", "khttpdctl")
	{
		const char *conf = std::getenv("KHTTPD_CONF");

		options_.conf = conf && *conf ? conf : "/etc/khttpd.conf";
		app_.footer(kFooter);
		app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
		app_.get_formatter()->label("Subcommands", "Commands");
		app_.require_subcommand(0, 1);
		app_.add_option(
			    "-c,--config", options_.conf,
			    "the configuration file, else $KHTTPD_CONF, else /etc/khttpd.conf;\n"
			    "FILE.d/*.conf is read after it, and - is standard input")
			->type_name("FILE");
		app_.add_flag("-q,--quiet", options_.quiet, "only errors");
		app_.add_flag("-V,--version", version_, "the same as the command version");
		add_commands();
	}

	int run(int argc, char **argv)
	{
		std::vector<std::string> words = words_of(argc, argv);

		try {
			app_.parse(words);
		} catch (const CLI::Success &success) {
			return app_.exit(success);
		} catch (const CLI::ExtrasError &error) {
			return fail_extra(error.what());
		} catch (const CLI::ParseError &error) {
			return fail(error.what());
		}
		if (version_ || version_command_->parsed())
			return run_version();
		if (check_->parsed())
			return run_check(with_file(file_));
		if (show_->parsed())
			return run_show(with_file(file_));
		if (help_->parsed())
			return print_help();
		fmt::print(stderr, "{}", general_help());
		return kUsageError;
	}

private:
	void add_commands()
	{
		check_ = command("check", "say whether the configuration is good; -t is the same");
		check_->add_option("file", file_, "the configuration file, or - for standard input")
			->type_name("FILE");
		show_ = command("show", "print the configuration, with what is not set");
		show_->add_option("file", file_, "the configuration file, or - for standard input")
			->type_name("FILE");
		show_->add_flag("--origin", options_.origin,
				"with the file and line of each value");
		CLI::Option *json = show_->add_flag("--json", options_.json, "as one JSON object");
		show_->add_flag("--canonical", options_.canonical, "as the module reads it")
			->excludes(json);
		help_ = command("help", "print what a command does");
		help_->add_option("command", help_command_, "the command")->type_name("COMMAND");
		version_command_ = command("version", "print the versions of this tool and of the "
						      "module that is loaded");
	}

	CLI::App *command(const char *name, const char *text)
	{
		commands_.push_back(app_.add_subcommand(name, text)->fallthrough());
		return commands_.back();
	}

	// The words of the command line as CLI11 wants them, from the last to the first. -t is a
	// command, unless it is the name of a file.
	static std::vector<std::string> words_of(int argc, char **argv)
	{
		std::vector<std::string> words;

		for (int i = argc - 1; i > 0; i--) {
			const bool value = i > 1 && (std::strcmp(argv[i - 1], "-c") == 0 ||
						     std::strcmp(argv[i - 1], "--config") == 0);

			words.push_back(!value && std::strcmp(argv[i], "-t") == 0 ? "check" :
										    argv[i]);
		}
		return words;
	}

	int fail(const std::string &what) const
	{
		fmt::print(stderr, "khttpdctl: {}; see khttpdctl --help\n", printable(what));
		return kUsageError;
	}

	int fail_command(const std::string &word) const
	{
		std::vector<std::string> names;

		for (const CLI::App *command : commands_)
			names.push_back(command->get_name());
		return fail(
			fmt::format("unknown command {}{}", shown(word), suggestion(word, names)));
	}

	// Words that belong to nothing: the first may have been meant as a command.
	int fail_extra(const std::string &what) const
	{
		const std::vector<std::string> extra = app_.remaining(true);

		if (app_.get_subcommands().empty() && !extra.empty() && extra[0][0] != '-')
			return fail_command(extra[0]);
		return fail(what);
	}

	// App::help() would be that of the command which was given.
	std::string general_help() const
	{
		return app_.get_formatter()->make_help(&app_, app_.get_name(),
						       CLI::AppFormatMode::Normal);
	}

	int print_help()
	{
		if (help_command_.empty()) {
			fmt::print("{}", general_help());
			return kOk;
		}
		for (const CLI::App *command : commands_) {
			if (command->get_name() != help_command_)
				continue;
			fmt::print("{}", command->help(app_.get_name()));
			return kOk;
		}
		return fail_command(help_command_);
	}

	Options with_file(const std::string &file) const
	{
		Options options = options_;

		if (!file.empty())
			options.conf = file;
		return options;
	}

	CLI::App app_;
	Options options_;
	std::string file_;
	std::string help_command_;
	bool version_ = false;
	std::vector<CLI::App *> commands_;
	CLI::App *check_ = nullptr;
	CLI::App *show_ = nullptr;
	CLI::App *help_ = nullptr;
	CLI::App *version_command_ = nullptr;
};

} // namespace

} // namespace khttpdctl

int main(int argc, char **argv)
{
	try {
		const int status = khttpdctl::CommandLine().run(argc, argv);

		if (std::fflush(stdout) == 0 && !std::ferror(stdout))
			return status;
		std::fprintf(stderr, "khttpdctl: cannot write: %s\n", std::strerror(errno));
	} catch (const std::exception &error) {
		std::fprintf(stderr, "khttpdctl: %s\n", error.what());
	}
	return khttpdctl::kOsError;
}
