// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The calls of a connection by the C names that kapi/net/conn_*.c uses. */
#include "server/connection.h"

#include "config/config.h"

using khttpd::Bytes;
using khttpd::Connection;

namespace {

Connection &connection_of(void *conn)
{
	return *static_cast<Connection *>(conn);
}

} // namespace

extern "C" {

void khttpd_conn_open(void *conn, kh_conn *socket, const khttpd_config *config) noexcept
{
	new (conn) Connection(socket, *config);
}

kh_verdict khttpd_conn_input(void *conn, const khttpd_config *config, const u8 *data, size_t size,
			     size_t *used, kh_batch *batch) noexcept
{
	return connection_of(conn).input(*config, Bytes(data, size), *used, *batch);
}

void khttpd_conn_resolve(void *conn, const khttpd_config *config) noexcept
{
	connection_of(conn).resolve(*config);
}

kh_verdict khttpd_conn_resume(void *conn, const khttpd_config *config, kh_batch *batch) noexcept
{
	return connection_of(conn).resume(*config, *batch);
}

kh_verdict khttpd_conn_timeout(void *conn, const khttpd_config *config, kh_batch *batch) noexcept
{
	return connection_of(conn).timeout(*config, *batch);
}

void khttpd_conn_arm_deadline(void *conn, const khttpd_config *config) noexcept
{
	connection_of(conn).arm_deadline(config->settings);
}

bool khttpd_conn_idle(const void *conn) noexcept
{
	return static_cast<const Connection *>(conn)->idle();
}

void khttpd_conn_close(void *conn) noexcept
{
	connection_of(conn).release();
}
}
