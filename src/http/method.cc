// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/method.h"

namespace khttpd {

Method method_of(Bytes name)
{
	switch (name.size()) {
	case 3:
		if (name == "GET"_b)
			return Method::get;
		return name == "PUT"_b ? Method::put : Method::other;
	case 4:
		if (name == "HEAD"_b)
			return Method::head;
		return name == "POST"_b ? Method::post : Method::other;
	case 5:
		if (name == "TRACE"_b)
			return Method::trace;
		return name == "PATCH"_b ? Method::patch : Method::other;
	case 6:
		return name == "DELETE"_b ? Method::del : Method::other;
	case 7:
		if (name == "OPTIONS"_b)
			return Method::options;
		return name == "CONNECT"_b ? Method::connect : Method::other;
	default:
		return Method::other;
	}
}

Bytes method_name(Method method)
{
	switch (method) {
	case Method::get:
		return "GET"_b;
	case Method::head:
		return "HEAD"_b;
	case Method::post:
		return "POST"_b;
	case Method::put:
		return "PUT"_b;
	case Method::del:
		return "DELETE"_b;
	case Method::connect:
		return "CONNECT"_b;
	case Method::options:
		return "OPTIONS"_b;
	case Method::trace:
		return "TRACE"_b;
	case Method::patch:
		return "PATCH"_b;
	case Method::other:
		break;
	}
	return Bytes();
}

} // namespace khttpd
