// SPDX-License-Identifier: MIT OR GPL-2.0-only
// One connection to the server. Every wait has an end, and what is kept of replies has one as well.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>

#include "fail.h"
#include "reply.h"

namespace wire {

constexpr size_t kMaxReceived = 2 * 1024 * 1024;
constexpr std::chrono::milliseconds kLongest{1000};

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

class Peer {
public:
	Peer(unsigned short port, Milliseconds patience) : patience_(patience)
	{
		struct sockaddr_in address = {};
		const int on = 1;

		address.sin_family = AF_INET;
		address.sin_port = htons(port);
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		check(fd_ >= 0, "no socket");
		setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		const int status = connect(fd_, reinterpret_cast<const struct sockaddr *>(&address),
					   sizeof(address));
		check(status == 0 || errno == EINPROGRESS, "cannot connect", strerror(errno));
		check(ready(POLLOUT, patience), "the server takes no connection");
		int error = 0;
		socklen_t size = sizeof(error);
		getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
		check(error == 0, "the server refuses a connection", strerror(error));
	}
	Peer(const Peer &) = delete;
	Peer &operator=(const Peer &) = delete;
	~Peer() { close(); }

	bool open() const { return fd_ >= 0; }

	// A server that reads nothing while nobody reads its replies is in its right: then the
	// rest is left.
	void send(std::string_view bytes, int flags = 0)
	{
		sent += bytes;
		while (!bytes.empty() && open() && !finished_ && !broken_) {
			const ssize_t size =
				::send(fd_, bytes.data(), bytes.size(), flags | MSG_NOSIGNAL);

			if (size > 0) {
				bytes.remove_prefix(size);
				continue;
			}
			if (size < 0 && errno != EAGAIN) {
				broken_ = true;
				return;
			}
			if (!can_read()) {
				ready(POLLOUT, Milliseconds(2));
				return;
			}
			check(ready(POLLIN | POLLOUT, patience_), "the server takes nothing", sent);
			take(kMaxReceived);
		}
	}

	// Reads what is there, at most so much; false when there is nothing.
	bool take(size_t most)
	{
		char block[65536];

		if (!can_read())
			return false;
		const ssize_t size = recv(fd_, block, std::min(most, sizeof(block)), 0);

		if (size > 0) {
			received.append(block, size);
			return true;
		}
		if (size < 0 && errno == EAGAIN)
			return false;
		ended_ = true;
		end = size == 0 ? End::fin : End::reset;
		return false;
	}

	bool wait_and_take(size_t most, Milliseconds time)
	{
		return can_read() && ready(POLLIN, time) && take(most);
	}

	// Until the server ends the stream, which it does: it is never silent for so long. One that
	// goes on for longer than `longest`, by a small window, is left.
	void read_to_the_end(Milliseconds silence, Milliseconds longest)
	{
		const auto start = Clock::now();

		deaf = false;
		while (can_read() && Clock::now() < start + longest) {
			check(ready(POLLIN, silence), "the server is silent", sent);
			take(kMaxReceived);
		}
	}

	void finish()
	{
		if (open())
			shutdown(fd_, SHUT_WR);
		finished_ = true;
	}

	void set_window(int size)
	{
		if (open())
			setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}

	void reset()
	{
		const struct linger linger = {1, 0};

		if (open())
			setsockopt(fd_, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		close();
	}

	void close()
	{
		if (open())
			::close(fd_);
		fd_ = -1;
	}

	std::string sent;
	std::string received;
	End end = End::ours;
	bool deaf = false;

private:
	int fd_;
	Milliseconds patience_;
	bool finished_ = false;
	bool broken_ = false;
	bool ended_ = false;

	bool can_read() const
	{
		return open() && !ended_ && !deaf && received.size() < kMaxReceived;
	}

	bool ready(short events, Milliseconds time) const
	{
		struct pollfd poll = {fd_, events, 0};
		const auto end = Clock::now() + time;
		int found;

		// libFuzzer's alarm for inputs that hang interrupts it.
		do {
			const auto left =
				std::chrono::duration_cast<Milliseconds>(end - Clock::now());

			found = ::poll(&poll, 1, std::max(0, static_cast<int>(left.count())));
		} while (found < 0 && errno == EINTR);
		return found > 0;
	}
};

} // namespace wire
