// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the builder asks the kernel for (kapi.h), in user space. No document root is opened. */
#include <cstdlib>

#include "base/errno.h"
#include "kapi/kapi.h"

extern "C" {

void *kh_alloc(size_t size, enum kh_gfp) noexcept
{
	return std::calloc(1, size);
}

void kh_free(const void *memory) noexcept
{
	std::free(const_cast<void *>(memory));
}

void kh_let_others_run(void) noexcept
{
}

int kh_root_open(kh_net *, const char *, struct kh_root **root) noexcept
{
	*root = nullptr;
	return -khttpd::kENOENT;
}

void kh_root_close(struct kh_root *) noexcept
{
}
}
