// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl status: whether the server runs, and its counters. */
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "exit_status.h"
#include "language/spelling.h"
#include "machine/module.h"

namespace khttpdctl {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::string &value)
{
	const bool negative = value.size() > 1 && value[0] == '-';
	const std::string digits = value.substr(negative);

	// As many digits as fit into 64 bits whatever they are.
	if (!is_digits(digits) || (digits.size() > 1 && digits[0] == '0') || digits.size() > 18)
		return value;
	return std::stoll(value);
}

void print_json(const Module &module)
{
	const std::string installed = module.installed_version();
	Json all = {{"loaded", module.loaded()}, {"running", module.serves()}};

	all["installed_version"] = installed.empty() ? Json() : Json(installed);
	for (const auto &[name, value] : module.counters())
		all[name] = json_of(value);
	fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_text(const Module &module)
{
	const std::string loaded = module.version();
	const std::string installed = module.installed_version();

	fmt::print("khttpd {} is running on port {}\n", loaded.empty() ? "?" : printable(loaded),
		   printable(module.counter("port")));
	if (!installed.empty() && installed != loaded)
		fmt::print("version {} is installed: restart to use it\n", printable(installed));
	for (const auto &[name, value] : module.counters())
		fmt::print("  {}: {}\n", printable(name), printable(value));
}

} // namespace

int run_status(const Options &options)
{
	const Machine machine(options.root);
	const Module module(machine);

	if (options.json)
		print_json(module);
	else if (module.serves())
		print_text(module);
	else if (module.loaded())
		fmt::print("khttpd {} is loaded, but no server is running here\n",
			   printable(module.version()));
	else
		fmt::print("khttpd is not running\n");
	return module.serves() ? kOk : kNotRunning;
}

} // namespace khttpdctl
