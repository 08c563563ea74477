// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The parameter `apply`: a write puts what was staged since into force. Process context; the
 * kernel's parameter lock is held by the caller.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include "kapi/control/apply.h"
#include "kapi/control/server.h"

/* The file is there before the server is, and for a moment after it; also `apply=1` at load. */
static DEFINE_MUTEX(kh_apply_lock);
static bool kh_apply_possible;

void kh_param_allow_apply(bool possible)
{
	mutex_lock(&kh_apply_lock);
	kh_apply_possible = possible;
	mutex_unlock(&kh_apply_lock);
}

static int kh_apply_set(const char *value, const struct kernel_param *kp)
{
	bool apply;
	int err = kstrtobool(value, &apply);

	if (err || !apply)
		return err;
	mutex_lock(&kh_apply_lock);
	err = kh_apply_possible ? kh_server_apply(kh_net_of(&init_net)) : -ENXIO;
	mutex_unlock(&kh_apply_lock);
	return err;
}

static int kh_apply_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "0\n");
}

static const struct kernel_param_ops kh_apply_ops = {
	.set = kh_apply_set,
	.get = kh_apply_get,
};
module_param_cb(apply, &kh_apply_ops, NULL, 0644);
__MODULE_PARM_TYPE(apply, "bool");
MODULE_PARM_DESC(apply, "write 1 to put the parameters written since into force together");
