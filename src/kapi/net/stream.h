/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#pragma once

#include "kapi/net/conn_state.h"

/* Sends from the attached file as much as TCP takes. Process context, from the work item. */
void kh_conn_stream(struct kh_conn *c);
