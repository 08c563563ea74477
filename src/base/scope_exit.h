// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <utility>

namespace khttpd {

// Runs a function when the scope is left, unless cancelled.
template <typename Function>
class [[nodiscard]] ScopeExit {
public:
	explicit constexpr ScopeExit(Function function) : function_(std::move(function)) {}
	ScopeExit(const ScopeExit &) = delete;
	ScopeExit &operator=(const ScopeExit &) = delete;
	constexpr ~ScopeExit()
	{
		if (armed_)
			function_();
	}

	constexpr void cancel() { armed_ = false; }

private:
	Function function_;
	bool armed_ = true;
};

} // namespace khttpd
