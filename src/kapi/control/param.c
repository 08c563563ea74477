// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Module parameters. A write stages a text; all texts are parsed and checked together, at load and
 * when `apply` is written, so that one line names what is wrong and nothing takes effect by halves.
 * Process context; the kernel's parameter lock may be held by the caller, kh_param_lock is inner.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/stringify.h>
#include "kapi/control/param.h"

#define KH_PARAM_BYTES 4000 /* below PAGE_SIZE, as sysfs shows a value in one page */

DEFINE_MUTEX(kh_param_lock);
const char *kh_param_values[KH_PARAM_COUNT];

static int kh_param_set(const char *value, const struct kernel_param *kp)
{
	const char **staged = kp->arg;
	char *copy;

	if (!value)
		value = "1"; /* a bare name, as for the kernel's own bool parameters */
	if (strnlen(value, KH_PARAM_BYTES) == KH_PARAM_BYTES)
		return -ENOSPC;
	copy = kstrdup(value, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	/* What echo adds. */
	if (*copy && copy[strlen(copy) - 1] == '\n')
		copy[strlen(copy) - 1] = '\0';
	mutex_lock(&kh_param_lock);
	swap(*staged, *(const char **)&copy);
	mutex_unlock(&kh_param_lock);
	kfree(copy);
	return 0;
}

static int kh_param_get(char *buffer, const struct kernel_param *kp)
{
	const char **staged = kp->arg;
	const char *value;
	int n;

	mutex_lock(&kh_param_lock);
	value = *staged ? *staged : khttpd_param_defaults[staged - kh_param_values];
	n = scnprintf(buffer, PAGE_SIZE, "%s\n", value);
	mutex_unlock(&kh_param_lock);
	return n;
}

static void kh_param_free(void *arg)
{
	const char **staged = arg;

	kfree(*staged);
	*staged = NULL;
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

void kh_param_restore(const struct khttpd_config *config)
{
	char *value = kmalloc(KH_PARAM_BYTES, GFP_KERNEL);
	int id;

	mutex_lock(&kh_param_lock);
	for (id = 0; value && id < KH_PARAM_COUNT; id++) {
		const char *copy = NULL;

		if (khttpd_config_print(config, id, false, value, KH_PARAM_BYTES) >= 0)
			copy = kstrdup(value, GFP_KERNEL);
		if (copy)
			swap(kh_param_values[id], copy);
		kfree(copy);
	}
	mutex_unlock(&kh_param_lock);
	kfree(value);
}

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
	module_param_cb(name, ops, &kh_param_values[KH_PARAM_##name], 0644); \
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
