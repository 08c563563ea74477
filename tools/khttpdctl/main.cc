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
#include "failure.h"
#include "language/spelling.h"
#include "machine/program.h"
#include "messages.h"

namespace khttpdctl {

namespace {

constexpr const char *kFooter =
	"Exit status: 0 success; 1 doctor found problems, health got no good answer, reload needs\n"
	"a restart, or drain has connections left; 3 not running (status, metrics, drain), or "
	"module\n"
	"unloaded (log -f, run); 64 wrong usage; 66 no configuration file or directory; 69 the\n"
	"module is not available or does not record (log); 71 refused by the kernel; 75 reload\n"
	"refused and the old configuration kept, or another khttpdctl busy; 77 no permission;\n"
	"78 mistakes in the configuration.";

constexpr const char *kFileText = "the configuration file, or - for standard input";

class CommandLine {
public:
	CommandLine() : app_("Controls the web server in the kernel.", "khttpdctl")
	{
		app_.footer(kFooter);
		app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
		app_.get_formatter()->label("Subcommands", "Commands");
		app_.require_subcommand(0, 1);
		app_.add_option(
			    "-c,--config", conf_,
			    "the configuration file (default: $KHTTPD_CONF or /etc/khttpd.conf);\n"
			    "FILE.d/*.conf are read after it; - is standard input")
			->type_name("FILE");
		app_.add_flag("-q,--quiet", options_.quiet, "print errors only");
		app_.add_flag("-V,--version", version_, "the same as the command version");
		// For tests: a folder with what the machine would have. No group: not in the help.
		app_.add_option("--root", options_.root)->group("");
		add_control();
		add_configuration();
		add_looks();
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
		find_conf();
		if (version_)
			return run_version(options_);
		for (const Command &command : commands_) {
			if (command.app->parsed())
				return command.run ? command.run(options_) : print_help();
		}
		fmt::print(stderr, "{}", general_help());
		return kUsageError;
	}

private:
	struct Command {
		CLI::App *app;
		int (*run)(const Options &);
	};

	void add_control()
	{
		for (CLI::App *app :
		     {add("start", "load the module and apply the configuration", run_start),
		      add("restart", "check, stop, start", run_restart),
		      add("reload",
			  "apply the configuration to the running server, all of it or nothing",
			  run_reload),
		      add("run", "serve in the foreground until SIGTERM or SIGINT; SIGHUP reloads",
			  run_run)})
			app->add_option("-f,--file", file_, kFileText)->type_name("FILE");
		commands_.front().app->add_flag(
			"--stay", options_.stay,
			"stay in the foreground until the module is unloaded");
		add("stop", "unload the module", run_stop);
		add("drain", "close each connection after its next reply, until reload", run_drain)
			->add_option("--timeout", options_.drain_timeout,
				     "seconds to wait for connections to end (default: 30)")
			->type_name("SECONDS")
			->check(CLI::Range(0, 3600));
	}

	void add_configuration()
	{
		CLI::App *app = add("check", "check the configuration; -t is the same", run_check);
		app->add_option("file", file_, kFileText)->type_name("FILE");
		app = add("show", "print the configuration in force, or that of the file",
			  run_show);
		app->add_option("file", file_, kFileText)->type_name("FILE");
		app->add_flag("--origin", options_.origin,
			      "print that of the file, with file and line of each value");
		CLI::Option *json = app->add_flag("--json", options_.json, "as one JSON object");
		app->add_flag("--canonical", options_.canonical, "as the module reads it")
			->excludes(json);
	}

	void add_looks()
	{
		CLI::App *app = add("status",
				    "say whether the server is running, and print its counters",
				    run_status);
		app->add_flag("--json", options_.json, "as one JSON object");
		app = add("metrics", "print counters and histograms in Prometheus' text format",
			  run_metrics);
		app->add_option("-o,--output", options_.output,
				"replace this file, whole, instead of printing")
			->type_name("FILE");
		app = add("log", "print the replies recorded since the last call", run_log);
		app->add_flag("-f,--follow", options_.follow,
			      "keep printing until the server is unloaded");
		app->add_option("-o,--output", options_.output,
				"append to this file; SIGHUP reopens it")
			->type_name("FILE");
		app->add_flag("--json", options_.json, "each reply as a JSON object");
		app = add("health", "check that the server answers; exit status 0 or 1",
			  run_health);
		app->add_option("target", options_.target, "the path to request (default: /)")
			->type_name("PATH");
		app->add_option("--timeout", options_.timeout,
				"seconds to wait for the reply (default: 5)")
			->type_name("SECONDS")
			->check(CLI::Range(1, 3600));
		app = add("digests",
			  "write digests of large files, for equal entity tags on all machines",
			  run_digests);
		app->add_option("directory", options_.directory,
				"the directory (default: the document root)")
			->type_name("DIR");
		app = add("doctor", "look for what keeps the server from running", run_doctor);
		app->add_option("--kernel", options_.release,
				"check for this kernel, before a reboot")
			->type_name("RELEASE");
		app = add("help", "describe a command", nullptr);
		app->add_option("command", help_command_, "the command")->type_name("COMMAND");
		add("version", "print the versions of this tool and of the module", run_version);
	}

	CLI::App *add(const char *name, const char *text, int (*what)(const Options &))
	{
		commands_.push_back({app_.add_subcommand(name, text)->fallthrough(), what});
		return commands_.back().app;
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

	void find_conf()
	{
		const char *variable = std::getenv("KHTTPD_CONF");

		options_.conf_given = !file_.empty() || !conf_.empty();
		options_.conf = !file_.empty()	      ? file_ :
				!conf_.empty()	      ? conf_ :
				variable && *variable ? variable :
							"/etc/khttpd.conf";
	}

	int fail(const std::string &what) const
	{
		warn(fmt::format("{}; see khttpdctl --help", what));
		return kUsageError;
	}

	int fail_command(const std::string &word) const
	{
		std::vector<std::string> names;

		for (const Command &command : commands_)
			names.push_back(command.app->get_name());
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

	int print_help() const
	{
		if (help_command_.empty()) {
			fmt::print("{}", general_help());
			return kOk;
		}
		for (const Command &command : commands_) {
			if (command.app->get_name() != help_command_)
				continue;
			fmt::print("{}", command.app->help(app_.get_name()));
			return kOk;
		}
		return fail_command(help_command_);
	}

	CLI::App app_;
	Options options_;
	std::string conf_;
	std::string file_;
	std::string help_command_;
	bool version_ = false;
	std::vector<Command> commands_;
};

} // namespace

} // namespace khttpdctl

int main(int argc, char **argv)
{
	namespace ctl = khttpdctl;

	try {
		ctl::prepare_for_programs();
		const int status = ctl::CommandLine().run(argc, argv);

		if (std::fflush(stdout) == 0 && !std::ferror(stdout))
			return status;
		std::fprintf(stderr, "khttpdctl: cannot write: %s\n", std::strerror(errno));
	} catch (const ctl::Failure &failure) {
		std::fflush(stdout);
		ctl::warn(failure.what());
		return failure.status();
	} catch (const std::exception &error) {
		std::fprintf(stderr, "khttpdctl: %s\n", error.what());
	}
	return ctl::kOsError;
}
