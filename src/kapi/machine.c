// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The machine's own key: the same from one load to the next, another on every machine, and known to
 * nobody on the network. It is made of the id that an installed system has (machine-id(5)), which
 * is not to be shown there; SipHash does not give away its key.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include "kapi/kapi.h"
#include "kapi/machine.h"

#define KH_MACHINE_ID "/etc/machine-id"
#define KH_MACHINE_ID_DIGITS 32

static siphash_key_t kh_machine_key __ro_after_init;

/* False when there is none: a system that is not installed, or that boots for the first time. */
static bool __init kh_machine_read_id(char id[KH_MACHINE_ID_DIGITS + 1])
{
	struct file *file = filp_open(KH_MACHINE_ID, O_RDONLY | O_NONBLOCK, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return false;
	n = kernel_read(file, id, KH_MACHINE_ID_DIGITS, &pos);
	filp_close(file, NULL);
	if (n != KH_MACHINE_ID_DIGITS)
		return false;
	id[n] = '\0';
	return strspn(id, "0123456789abcdef") == KH_MACHINE_ID_DIGITS;
}

void __init kh_machine_init(void)
{
	/* Any two numbers: they make the key ours, so that nobody else's use of the id is known. */
	static const siphash_key_t low __initconst = {{0x6b68747470640001, 0x6d616368696e6501}};
	static const siphash_key_t high __initconst = {{0x6b68747470640002, 0x6d616368696e6502}};
	char id[KH_MACHINE_ID_DIGITS + 1];

	if (!kh_machine_read_id(id)) {
		get_random_bytes(&kh_machine_key, sizeof(kh_machine_key));
		return;
	}
	kh_machine_key.key[0] = siphash(id, KH_MACHINE_ID_DIGITS, &low);
	kh_machine_key.key[1] = siphash(id, KH_MACHINE_ID_DIGITS, &high);
	memzero_explicit(id, sizeof(id));
}

u64 kh_machine_hash(const void *data, size_t size)
{
	return siphash(data, size, &kh_machine_key);
}
