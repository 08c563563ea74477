// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* How long a connection waits for what, and what becomes of it afterwards. */
#include "server/connection.h"

#include "config/config.h"

namespace khttpd {

kh_verdict Connection::timeout(const khttpd_config &config, kh_batch &batch)
{
	if (state_ != State::head && !awaits_client()) {
		kh_stat_add(config.settings.net, KH_STAT_timeouts_body, 1);
		return refuse(config, Status::request_timeout, saved_.bytes(), batch);
	}
	if (parser_.started()) {
		kh_stat_add(config.settings.net, KH_STAT_timeouts_header, 1);
		return refuse(config, Status::request_timeout, saved_.bytes(), batch);
	}
	// Nothing was asked, so nothing is answered.
	kh_stat_add(config.settings.net,
		    requests_ ? KH_STAT_timeouts_keepalive : KH_STAT_timeouts_header, 1);
	return KH_CLOSE;
}

void Connection::arm_deadline(const kh_settings &settings)
{
	u32 seconds = settings.header_timeout;

	if (state_ != State::head && !awaits_client()) {
		seconds = settings.body_timeout;
	} else if (parser_.started()) {
		// The time runs from the head's first byte, that of the first head from accept.
		if (!timing_)
			since_ = kh_ticks();
		timing_ = true;
	} else if (requests_) {
		timing_ = false;
		since_ = kh_ticks();
		seconds = settings.keepalive_timeout;
	}
	kh_conn_set_deadline(socket_, since_ + kh_ticks_from_seconds(seconds));
}

} // namespace khttpd
