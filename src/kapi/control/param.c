// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Module parameters: the first configuration of the first network namespace. Texts are kept as they
 * came, and are parsed and checked together when the server starts. Process context, under the
 * kernel's parameter lock, but at load.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/stringify.h>
#include "kapi/control/param.h"

#define KH_PARAM_BYTES 4000 /* below PAGE_SIZE, as sysfs shows a value in one page */

const char *kh_param_values[KH_PARAM_COUNT];
bool kh_param_start = true;
unsigned int kh_param_namespaces;

static int kh_param_set(const char *value, const struct kernel_param *kp)
{
	const char **kept = kp->arg;
	char *copy;

	if (!value)
		value = "1"; /* a bare name, as for the kernel's own bool parameters */
	if (strnlen(value, KH_PARAM_BYTES) == KH_PARAM_BYTES)
		return -ENOSPC;
	copy = kstrdup(value, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	kfree(*kept);
	*kept = copy;
	return 0;
}

static int kh_param_get(char *buffer, const struct kernel_param *kp)
{
	const char **kept = kp->arg;

	return sysfs_emit(buffer, "%s\n",
			  *kept ? *kept : khttpd_param_defaults[kept - kh_param_values]);
}

static void kh_param_free(void *arg)
{
	const char **kept = arg;

	kfree(*kept);
	*kept = NULL;
}

static const struct kernel_param_ops kh_param_ops = {
	.set = kh_param_set,
	.get = kh_param_get,
	.free = kh_param_free,
};

static const struct kernel_param_ops kh_bool_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = kh_param_set,
	.get = kh_param_get,
	.free = kh_param_free,
};

/* The kernel makes a macro of it; here it is the name of a parameter. */
#undef inline

const char *const kh_param_names[KH_PARAM_COUNT] = {
#define KH_UINT(name, value, low, high, unit, description) #name,
#define KH_BOOL(name, value, description) #name,
#define KH_TEXT(name, type, value, low, high, description) #name,
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
};

#define KH_PARAM(name, ops, type, description)                               \
	module_param_cb(name, ops, &kh_param_values[KH_PARAM_##name], 0444); \
	__MODULE_PARM_TYPE(name, type);                                      \
	MODULE_PARM_DESC(name, description);
#define KH_UINT(name, value, low, high, unit, description) \
	KH_PARAM(name, &kh_param_ops, "uint",              \
		 description " [uint " #low ".." #high " " unit ", default " #value "]")
#define KH_BOOL(name, value, description) \
	KH_PARAM(name, &kh_bool_ops, "bool", description " [bool 0..1, default " #value "]")
#define KH_TEXT(name, type, value, low, high, description) \
	KH_PARAM(name, &kh_param_ops, "string",            \
		 description " [" #type " " #low ".." #high " bytes, default " value "]")
#include "config/params.def"

static int kh_start_set(const char *value, const struct kernel_param *kp)
{
	if (value && strcmp(value, "0") && strcmp(value, "1")) {
		kh_log_error("start=%.64s is neither 0 nor 1", value);
		return -EINVAL;
	}
	kh_param_start = !value || *value == '1';
	return 0;
}

static int kh_namespaces_set(const char *value, const struct kernel_param *kp)
{
	int err = kstrtouint(value, 10, &kh_param_namespaces);

	if (!err && kh_param_namespaces > KH_NAMESPACES_ALL)
		err = -ERANGE;
	if (err)
		kh_log_error("namespaces=%.64s is %s: 0..2", value,
			     err == -ERANGE ? "out of range" : "not a number");
	return err;
}

static const struct kernel_param_ops kh_start_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = kh_start_set,
	.get = param_get_bool,
};

static const struct kernel_param_ops kh_namespaces_ops = {
	.set = kh_namespaces_set,
	.get = param_get_uint,
};

module_param_cb(start, &kh_start_ops, &kh_param_start, 0444);
__MODULE_PARM_TYPE(start, "bool");
MODULE_PARM_DESC(start, "serve at once; 0 waits until a configuration is written to "
			"/proc/net/khttpd/server [bool 0..1, default 1]");
module_param_cb(namespaces, &kh_namespaces_ops, &kh_param_namespaces, 0444);
__MODULE_PARM_TYPE(namespaces, "uint");
MODULE_PARM_DESC(namespaces, "network namespaces that may have a server: 0 only the first, 1 also "
			     "those of the first user namespace, 2 all [uint 0..2, default 0]");
