// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl health: asks the server that runs, over this machine's own addresses. */
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <poll.h>
#include <sys/socket.h>

#include "commands.h"
#include "exit_status.h"
#include "failure.h"
#include "language/spelling.h"
#include "machine/module.h"
#include "machine/unique_fd.h"
#include "messages.h"
#include "proxies.h"

namespace khttpdctl {

namespace {

using Clock = std::chrono::steady_clock;

// What there is of a status line: HTTP/1.1 200
constexpr size_t kStatusSize = 12;

struct Target {
	std::string address, device;
};

// The addresses of a network device, of one family or (AF_UNSPEC) of both.
std::vector<Target> targets_on(const std::string &device, int family)
{
	struct ifaddrs *first = nullptr;
	std::vector<Target> all;

	if (getifaddrs(&first) != 0)
		return all;
	for (const struct ifaddrs *one = first; one; one = one->ifa_next) {
		char text[INET6_ADDRSTRLEN] = "";

		if (!one->ifa_addr || device != one->ifa_name)
			continue;
		const int own = one->ifa_addr->sa_family;
		const void *address = &reinterpret_cast<sockaddr_in *>(one->ifa_addr)->sin_addr;
		if (own == AF_INET6)
			address = &reinterpret_cast<sockaddr_in6 *>(one->ifa_addr)->sin6_addr;
		if ((own == family || family == AF_UNSPEC) &&
		    inet_ntop(own, address, text, sizeof(text)))
			all.push_back({text, device});
	}
	freeifaddrs(first);
	return all;
}

// Where the server listens, as this machine reaches it.
std::vector<Target> targets_of(const std::string &bind)
{
	std::vector<Target> all;

	for (size_t begin = 0; begin <= bind.size();) {
		const size_t end = std::min(bind.find(',', begin), bind.size());
		const std::string whole(trim(bind.substr(begin, end - begin)));
		const std::string one = whole.substr(0, whole.find('%'));
		const std::string device = whole.substr(std::min(one.size() + 1, whole.size()));

		begin = end + 1;
		if (!device.empty() && (one == "*" || one == "0.0.0.0" || one == "::")) {
			for (const Target &own : targets_on(device, one == "*"	? AF_UNSPEC :
								    one == "::" ? AF_INET6 :
										  AF_INET))
				all.push_back(own);
		}
		if (device.empty() && (one == "*" || one == "0.0.0.0" || one.empty()))
			all.push_back({"127.0.0.1", ""});
		if (device.empty() && (one == "*" || one == "::"))
			all.push_back({"::1", ""});
		if (one.find_first_of("123456789abcdefABCDEF") != one.npos)
			all.push_back({one, device});
	}
	return all;
}

// One connection, with an end to all waiting.
class Asking {
public:
	explicit Asking(Clock::time_point end) : end_(end) {}

	bool connect(const Target &target, unsigned short port)
	{
		const std::string &address = target.address;
		const std::string &device = target.device;
		const bool v6 = address.find(':') != address.npos;
		struct sockaddr_in6 six = {};
		struct sockaddr_in four = {};

		six.sin6_family = AF_INET6;
		four.sin_family = AF_INET;
		six.sin6_port = four.sin_port = htons(port);
		if (inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(),
			      v6 ? static_cast<void *>(&six.sin6_addr) : &four.sin_addr) != 1)
			return fail("is not an address");
		const auto *where = v6 ? reinterpret_cast<const struct sockaddr *>(&six) :
					 reinterpret_cast<const struct sockaddr *>(&four);
		fd_ = UniqueFd(
			socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
		// A link-local address has its zone by this, too.
		if (!device.empty() && setsockopt(fd_.get(), SOL_SOCKET, SO_BINDTODEVICE,
						  device.data(), socklen_t(device.size())) != 0)
			return fail(std::strerror(errno));
		if (::connect(fd_.get(), where, v6 ? sizeof(six) : sizeof(four)) == 0)
			return true;
		if (errno != EINPROGRESS || !wait(POLLOUT))
			return fail(std::strerror(errno));
		int err = 0;
		socklen_t size = sizeof(err);
		getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &err, &size);
		return err ? fail(std::strerror(err)) : true;
	}

	// This machine's address of the connection.
	std::string own_address() const
	{
		struct sockaddr_storage own = {};
		socklen_t size = sizeof(own);
		char text[INET6_ADDRSTRLEN] = "";

		getsockname(fd_.get(), reinterpret_cast<struct sockaddr *>(&own), &size);
		if (own.ss_family == AF_INET6)
			inet_ntop(AF_INET6, &reinterpret_cast<struct sockaddr_in6 &>(own).sin6_addr,
				  text, sizeof(text));
		else
			inet_ntop(AF_INET, &reinterpret_cast<struct sockaddr_in &>(own).sin_addr,
				  text, sizeof(text));
		return text;
	}

	// The status of the reply, or 0. What stands before the request is for proxies.
	unsigned ask(const std::string &before, const std::string &target)
	{
		const std::string request =
			before + "GET " + target +
			" HTTP/1.1\r\nHost: localhost\r\nUser-Agent: khttpdctl/" KHTTPD_VERSION
			"\r\nConnection: close\r\n\r\n";
		std::string reply;

		if (send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
		    static_cast<ssize_t>(request.size()))
			return fail(std::strerror(errno));
		while (reply.size() < kStatusSize) {
			char block[256];

			if (!wait(POLLIN))
				return fail(std::strerror(errno));
			const ssize_t got = recv(fd_.get(), block, sizeof(block), 0);
			if (got <= 0)
				return fail(got ? std::strerror(errno) :
						  "the connection was closed without a reply");
			reply.append(block, static_cast<size_t>(got));
		}
		const std::string digits = reply.substr(9, 3);
		if (reply.compare(0, 7, "HTTP/1.") != 0 || !is_digits(digits))
			return fail("the reply is not HTTP");
		return static_cast<unsigned>(std::stoul(digits));
	}

	const std::string &problem() const { return problem_; }

private:
	bool fail(const std::string &problem)
	{
		problem_ = problem;
		return false;
	}

	bool wait(short events)
	{
		const auto left =
			std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now());
		struct pollfd one = {fd_.get(), events, 0};

		if (left.count() > 0 && poll(&one, 1, static_cast<int>(left.count())) > 0)
			return true;
		errno = ETIMEDOUT;
		return false;
	}

	Clock::time_point end_;
	UniqueFd fd_;
	std::string problem_;
};

int judge_reply(const Options &options, const std::string &where, unsigned status)
{
	// Whoever names a path expects something there; without one any answer that is not a
	// failure of the server's own shows that it lives.
	const bool good = status < (options.target.empty() ? 500u : 400u);

	if (!good)
		warn(fmt::format("{} answers with {}", where, status));
	else
		note(options.quiet, fmt::format("{} answers with {}", where, status));
	return good ? kOk : kFound;
}

} // namespace

int run_health(const Options &options)
{
	const Machine machine(options.root);
	const Module module(machine);
	const std::string target = options.target.empty() ? "/" : options.target;
	const std::string port = module.counter("port");
	Asking asking(Clock::now() + std::chrono::seconds(options.timeout));
	std::string where = "the server";

	if (target[0] != '/' || target.find_first_of(" \r\n\t") != target.npos)
		throw Failure(kUsageError,
			      fmt::format("{} is not a path; see khttpdctl --help", target));
	if (!module.serves())
		throw Failure(kFound, "khttpd is not running");
	if (!is_digits(port) || port.size() > 5)
		throw Failure(kFound, "the server does not report its port");
	const std::vector<std::string> proxies = module.all_in_force("proxy_protocol");
	const std::string bind = module.in_force("bind");
	const std::vector<Target> all = targets_of(bind);
	if (all.empty())
		throw Failure(kFound, fmt::format("bind = {} has no address that this machine "
						  "could ask",
						  bind));
	for (const Target &one : all) {
		where = fmt::format("{}{}{} port {}", one.address, one.device.empty() ? "" : "%",
				    one.device, port);
		if (!asking.connect(one, static_cast<unsigned short>(std::stoul(port))))
			continue;
		// A proxy of this machine may be named, and with it whoever asks from here.
		const bool as_proxy = is_proxy(proxies, asking.own_address());
		const unsigned status = asking.ask(as_proxy ? "PROXY UNKNOWN\r\n" : "", target);
		if (status)
			return judge_reply(options, where, status);
		break;
	}
	throw Failure(kFound, fmt::format("{}: {}", where, asking.problem()));
}

} // namespace khttpdctl
