// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The addresses that a server listens on, as a text of the configuration has them. Pure. */
#pragma once

#include "config/text/mistakes.h"

namespace khttpd {

// Tells what kapi/net/listener.c cannot listen on: what is no address, and addresses that want
// another spelling or an interface's name. Whether a device exists is known there alone.
void check_listening(Bytes text, Mistakes &mistakes);

} // namespace khttpd
