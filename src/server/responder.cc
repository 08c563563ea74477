// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/responder.h"

#include "http/target.h"

namespace khttpd {

namespace {

Answer answer_status(Status status)
{
	Answer answer;

	answer.status = status;
	return answer;
}

Answer answer_prepared(const PreparedReply &reply)
{
	Answer answer = answer_status(reply.status);

	answer.prepared = &reply;
	return answer;
}

// The built-in page is at "/" alone, whatever the query.
Answer answer_page(const khttpd_config &config, Bytes path)
{
	u8 normal[8];

	if (path != "/"_b && !path.empty()) {
		NormalizedPath result = normalize_path(path, normal);

		if (result.status == Status::bad_request)
			return answer_status(result.status);
		if (result.status != Status::none || result.path != "/"_b)
			return answer_status(Status::not_found);
	}
	return answer_prepared(config.page);
}

Answer answer_file()
{
	Answer answer = answer_status(Status::ok);

	answer.file = true;
	return answer;
}

const Route *find_route(const khttpd_config &config, Bytes path, u8 *room)
{
	if (!config.routes)
		return nullptr;
	NormalizedPath normal = normalize_path(path, {room, KH_PATH_BYTES});
	return normal.status == Status::none ? config.routes->find(normal.path) : nullptr;
}

Answer answer_route(const Route &route)
{
	if (route.file.empty())
		return answer_prepared(route.reply);
	Answer answer = answer_file();
	answer.cached = false;
	return answer;
}

Answer answer_options()
{
	Answer answer = answer_status(Status::no_content);

	answer.allow = kAllow;
	return answer;
}

} // namespace

Answer respond(const khttpd_config &config, const Request &request, Bytes head, u8 *room)
{
	switch (request.method) {
	case Method::get:
	case Method::head:
		if (const Route *route = find_route(config, request.path.of(head), room))
			return answer_route(*route);
		return config.root ? answer_file() : answer_page(config, request.path.of(head));
	case Method::options:
		return answer_options();
	case Method::other:
		return answer_status(Status::not_implemented);
	default:
		break;
	}
	Answer answer = answer_status(Status::method_not_allowed);
	answer.allow = kAllow;
	// What follows CONNECT may be another protocol (RFC 9110 section 9.3.6).
	answer.close = request.method == Method::connect;
	return answer;
}

} // namespace khttpd
