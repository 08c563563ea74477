// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What a proxy says of the connection before its first request. */
#include "config/config.h"
#include "server/connection.h"

namespace khttpd {

kh_verdict Connection::take_proxy(const khttpd_config &config, Bytes &in, kh_batch &batch)
{
	if (state_ == State::proxy) {
		const kh_verdict verdict = take_proxy_header(config, in);

		if (state_ == State::proxy)
			return verdict;
	}
	const Bytes taken = in.prefix(body_left_);

	additions_.take(taken);
	in = in.drop(taken.size());
	batch.skipped += static_cast<u32>(taken.size());
	body_left_ -= taken.size();
	return body_left_ == 0 ? end_proxy_header(config.settings) : KH_CONTINUE;
}

kh_verdict Connection::refuse_proxy(const kh_settings &settings)
{
	kh_stat_add(settings.net, KH_STAT_proxy_errors, 1);
	kh_conn_trace_error(socket_, KH_ERROR_PROXY, 0);
	return KH_ABORT;
}

kh_verdict Connection::end_proxy_header(const kh_settings &settings)
{
	if (!additions_.complete())
		return refuse_proxy(settings);
	if (additions_.secure())
		kh_conn_set_secure(socket_);
	state_ = State::head;
	return KH_CONTINUE;
}

// Takes nothing of a header that is complete but for its additions: body_left_ has its bytes.
kh_verdict Connection::take_proxy_header(const khttpd_config &config, Bytes &in)
{
	const kh_settings &settings = config.settings;
	const usize before = saved_.bytes().size();
	const Bytes more = in.prefix(kMaxProxyLine - before);

	if (before) {
		const kh_verdict kept = saved_.append(settings.net, more);

		if (kept != KH_CONTINUE)
			return kept;
	}
	const ProxyHeader header = parse_proxy_header(before ? saved_.bytes() : in);

	if (header.outcome == ParseOutcome::bad)
		return refuse_proxy(settings);
	if (header.outcome == ParseOutcome::need_more) {
		const kh_verdict kept = before ? KH_CONTINUE : saved_.append(settings.net, more);

		if (kept == KH_CONTINUE)
			in = in.drop(more.size());
		return kept;
	}
	if (header.named && !kh_conn_name_client(socket_, header.address, header.port,
						 settings.max_connections_per_address))
		return KH_ABORT;
	saved_.release(settings.net);
	body_left_ = header.size - before;
	additions_ = ProxyAdditions(header.additions - before);
	state_ = State::proxy_rest;
	return KH_CONTINUE;
}

} // namespace khttpd
