/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Module parameters, which are read at load and stay as they are. Process context. */
#pragma once

#include "kapi/kapi.h"

/* The texts of the first configuration; null where none was given. */
extern const char *kh_param_values[KH_PARAM_COUNT];
extern const char *const kh_param_names[KH_PARAM_COUNT];

/* Whether there is a first configuration. */
extern bool kh_param_start;
/* In which network namespaces there may be a server. */
enum kh_namespaces {
	KH_NAMESPACES_FIRST,
	KH_NAMESPACES_FIRST_USERS, /* those that the first user namespace owns */
	KH_NAMESPACES_ALL,
};
extern unsigned int kh_param_namespaces;
