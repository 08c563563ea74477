// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/responder.h"

#include "http/target.h"
#include "server/files/representation.h"
#include "server/replies/may_ask.h"

namespace khttpd {

namespace {

std::span<u8> path_room(const kh_batch &batch)
{
	return {batch.path, KH_PATH_BYTES};
}

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

// The page's own conditions (RFC 9110 section 13.2.1: only where it would be sent).
Answer answer_conditions(const khttpd_config &config, const Request &request, Bytes head)
{
	const Status status =
		evaluate_conditions(head, request, config.page_validators, kh_unix_seconds())
			.status;
	Answer answer = answer_status(status == Status::none ? Status::ok : status);

	if (answer.status == Status::ok)
		answer.prepared = &config.page;
	else if (answer.status == Status::not_modified)
		answer.prepared = &config.page_not_modified;
	return answer;
}

// The built-in page is at "/" alone, whatever the query.
Answer answer_page(const khttpd_config &config, const Request &request, Bytes head,
		   const NormalizedPath &path)
{
	if (path.status == Status::bad_request)
		return answer_status(path.status);
	if (path.status != Status::none || path.path != "/"_b)
		return answer_status(Status::not_found);
	if (!is_plain(request))
		return answer_conditions(config, request, head);
	return answer_prepared(config.page);
}

Answer answer_file()
{
	Answer answer = answer_status(Status::ok);

	answer.file = true;
	return answer;
}

Answer answer_route(const Route &route, const Request &request, Bytes head)
{
	if (!route.target.empty()) {
		Answer answer = answer_status(route.status);

		answer.redirect = &route;
		return answer;
	}
	if (route.file.empty()) {
		// Conditions are for what succeeds (RFC 9110 section 13.2.1).
		const Status condition =
			is_plain(request) || status_class(route.reply.status) != 2 ?
				Status::none :
				condition_without_validators(head, request, kh_unix_seconds());

		return condition == Status::none ? answer_prepared(route.reply) :
						   answer_status(condition);
	}
	Answer answer = answer_file();
	answer.route = &route;
	return answer;
}

Answer answer_options(const Place &place)
{
	Answer answer = answer_status(Status::no_content);

	answer.allow = place.allow;
	return answer;
}

// No method changes how its request is framed (RFC 9112 section 6). Yet whoever sends one that is
// unknown here may go by other rules, as for CONNECT, and what is left of such a request must not
// become another: a server that has not read all of one closes (section 9.3).
Answer answer_unknown()
{
	Answer answer = answer_status(Status::not_implemented);

	answer.close = true;
	return answer;
}

Answer answer_not_allowed(const Place &place, const Request &request)
{
	Answer answer = answer_status(Status::method_not_allowed);

	answer.allow = place.allow;
	// What follows CONNECT may be another protocol (RFC 9110 section 9.3.6).
	answer.close = request.method == Method::connect;
	return answer;
}

u8 method_bit(Method method)
{
	switch (method) {
	case Method::get:
		return kMethodGet;
	case Method::head:
		return kMethodHead;
	case Method::options:
		return kMethodOptions;
	default:
		return 0;
	}
}

bool same_host(Bytes a, Bytes b)
{
	const Bytes port = ":443"_b;

	a = a.ends_with(port) ? a.prefix(a.size() - port.size()) : a;
	b = b.ends_with(port) ? b.prefix(b.size() - port.size()) : b;
	for (usize i = 0; a.size() == b.size() && i < a.size(); i++) {
		if (to_lower(a[i]) != to_lower(b[i]))
			return false;
	}
	return a.size() == b.size();
}

// Whether the redirection leads to what was asked for, by https: then it is for those who came by
// http. Where no proxy tells by what they came it is for all.
bool leads_back(const Match &match, const Request &request, Bytes head, const NormalizedPath &path,
		const kh_conn *socket, u32 &work)
{
	const Bytes scheme = "https://"_b;
	const Bytes target = match.route->target.drop(scheme.size());
	const Bytes host = target.prefix(target.find('/'));

	return match.route->rest && match.route->target.starts_with(scheme) &&
	       target.drop(host.size()) == path.path.prefix(match.prefix) &&
	       same_host(host, host_of(request, head)) &&
	       came_by_https(*match.place, request, head, socket, work);
}

Answer answer_method(const khttpd_config &config, const Request &request, Bytes head,
		     const NormalizedPath &path, const Match &match)
{
	const Place &place = *match.place;

	if (request.method == Method::other)
		return answer_unknown();
	if (!(place.methods & method_bit(request.method)))
		return answer_not_allowed(place, request);
	if (request.method == Method::options)
		return answer_options(place);
	if (match.route)
		return answer_route(*match.route, request, head);
	return place.root() ? answer_file() : answer_page(config, request, head, path);
}

} // namespace

Answer respond(const khttpd_config &config, const Request &request, Bytes head,
	       const kh_conn *socket, kh_batch &batch)
{
	const NormalizedPath path = normalize_path(request.path.of(head), path_room(batch));
	Match match = find_place(config, request, head, path, &memo_of(batch).sites);
	if (match.route && leads_back(match, request, head, path, socket, batch.work))
		match.route = nullptr;
	const bool allowed = may_ask(match, request, head, socket, batch.work);
	Answer answer = allowed ? answer_method(config, request, head, path, match) :
				  answer_status(Status::forbidden);

	answer.denied = !allowed;
	answer.place = match.place;
	answer.path = path;
	answer.rest = path.path.drop(match.prefix);
	return answer;
}

const Place &place_of(const khttpd_config &config, const Request &request, Bytes head,
		      kh_batch &batch)
{
	if (!config.has_rules)
		return *config.top;
	const NormalizedPath path = normalize_path(request.path.of(head), path_room(batch));

	return *find_place(config, request, head, path, &memo_of(batch).sites).place;
}

} // namespace khttpd
