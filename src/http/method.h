// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/bytes.h"

namespace khttpd {

// The methods of RFC 9110 section 9 and RFC 5789. Any other token is `other`, which the responder
// answers with 501.
enum class Method : u8 {
	get,
	head,
	post,
	put,
	del,
	connect,
	options,
	trace,
	patch,
	other,
};

// Method names are case-sensitive (RFC 9110 section 9.1): `get` is an unknown method.
Method method_of(Bytes name);
Bytes method_name(Method method);

} // namespace khttpd
