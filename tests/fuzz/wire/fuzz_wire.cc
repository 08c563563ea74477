// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Fuzzes the running module: an input is a script of what up to four clients do (script.h), the
// server is asked over loopback. What must hold of every input is checked here; what is new is told
// by feedback.h. tests/vm/e2e/test_wire_fuzz.py runs it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

#include "kernel.h"
#include "peer.h"
#include "script.h"

namespace wire {

unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *const text = getenv(name);

	return text == nullptr ? otherwise : strtoul(text, nullptr, 10);
}

class Fuzzer {
public:
	void run(const uint8_t *data, size_t size)
	{
		last_.keep(data, size);
		runs_++;
		const Script script({reinterpret_cast<const char *>(data), size});
		{
			Play play(*this);

			for (const Step &step : script.steps)
				play.act(step);
			play.end();
		}
		check_page();
		check_nothing_left();
		counters_.tell(feedback_);
		log_.check_silence();
	}

	void report() const
	{
		fprintf(stderr, "wire: %zu runs, %zu replies, %zu stays, %zu kinds of behaviour\n",
			runs_, replies_.count, stays_, feedback_.kinds());
	}

private:
	const unsigned short port_ = setting("KH_WIRE_PORT", 8081);
	// What a busy machine takes for what should come at once.
	const Milliseconds patience_{setting("KH_WIRE_PATIENCE", 10000)};
	// The longest that the server's limits let it be silent.
	const Milliseconds limit_{setting("KH_WIRE_LIMIT", 2000)};
	const Site site_{getenv("KH_WIRE_SITE")};
	const KernelLog log_;
	LastInput last_;
	Feedback feedback_;
	Counters counters_;
	Replies replies_{site_, feedback_};
	const Clock::time_point start_ = Clock::now();
	Clock::duration stayed_{};
	size_t runs_ = 0;
	size_t stays_ = 0;

	// Waiting for the server's limits may take a tenth of the time; the first may always.
	bool may_stay() const { return stayed_ <= (Clock::now() - start_) / 10; }

	// One input's connections.
	class Play {
	public:
		explicit Play(Fuzzer &fuzzer) : fuzzer_(fuzzer) {}

		void act(const Step &step)
		{
			Peer &peer = here();

			switch (step.code) {
			case cut:
				peer.send(step.bytes);
				break;
			case urgent:
				peer.send(step.bytes, MSG_OOB);
				break;
			case wait:
				std::this_thread::sleep_for(Milliseconds(step.argument));
				break;
			case read:
				peer.wait_and_take(step.argument, Milliseconds(2));
				break;
			case settle:
				while (peer.wait_and_take(kMaxReceived, Milliseconds(4))) {}
				break;
			case finish:
				peer.finish();
				break;
			case reset:
				peer.reset();
				break;
			case close:
				peer.close();
				break;
			case change:
				current_ = step.argument;
				break;
			case window:
				peer.set_window(static_cast<int>(step.argument));
				break;
			case stay:
				stays_ = true;
				break;
			case deaf:
				peer.deaf = true;
				break;
			case hear:
				peer.deaf = false;
				break;
			default:
				break;
			}
		}

		void end()
		{
			const bool stays = stays_ && fuzzer_.may_stay();
			const auto begin = Clock::now();

			for (auto &peer : peers_) {
				if (peer && !stays)
					peer->finish();
			}
			const Milliseconds limit = stays ? fuzzer_.limit_ : Milliseconds(0);

			for (auto &peer : peers_) {
				if (peer)
					peer->read_to_the_end(fuzzer_.patience_ + limit,
							      kLongest + limit);
			}
			if (stays) {
				fuzzer_.stayed_ += Clock::now() - begin;
				fuzzer_.stays_++;
			}
			for (auto &peer : peers_) {
				if (peer)
					fuzzer_.replies_.judge(peer->received, peer->sent,
							       peer->end);
			}
		}

	private:
		Fuzzer &fuzzer_;
		std::unique_ptr<Peer> peers_[kConnections];
		unsigned current_ = 0;
		bool stays_ = false;

		Peer &here()
		{
			auto &peer = peers_[current_];

			if (!peer)
				peer = std::make_unique<Peer>(fuzzer_.port_, fuzzer_.patience_);
			return *peer;
		}
	};

	// Whatever was sent before, a new connection is answered as ever.
	void check_page() const
	{
		Peer peer(port_, patience_);

		peer.send("GET /page.txt HTTP/1.1\r\nHost: x\r\n\r\n");
		size_t head = 0;
		do {
			check(peer.wait_and_take(kMaxReceived, patience_), "the page does not come",
			      peer.received);
			head = peer.received.find("\r\n\r\n");
		} while (head == std::string::npos ||
			 peer.received.size() < head + 4 + site_.page.size());
		check(peer.received.compare(0, 17, "HTTP/1.1 200 OK\r\n") == 0 &&
			      peer.received.substr(head + 4) == site_.page,
		      "the page is another", peer.received);
	}

	// Every connection is gone at both ends, so it is released.
	void check_nothing_left() const
	{
		const auto deadline = Clock::now() + patience_;

		while (counters_.now()["connections_active"] != 0) {
			check(Clock::now() < deadline, "connections are not released");
			std::this_thread::sleep_for(Milliseconds(1));
		}
	}
};

} // namespace wire

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static wire::Fuzzer *const fuzzer = [] {
		// The report is made at exit(), whose order with destructors would matter.
		static wire::Fuzzer *const made = new wire::Fuzzer;

		atexit([] { made->report(); });
		return made;
	}();

	fuzzer->run(data, size);
	return 0;
}
