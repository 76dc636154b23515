/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layer 2 of dm-sim: what its files have in common.
 */
#ifndef DM_SIM_H
#define DM_SIM_H

#include <linux/device-mapper.h>

#include "sim-engine.h"

#undef DM_MSG_PREFIX
#define DM_MSG_PREFIX "sim"

/** sim_ctr() - a table is loaded; what device mapper calls */
int sim_ctr(struct dm_target *ti, unsigned int argc, char **argv);

/** sim_dtr() - a table goes */
void sim_dtr(struct dm_target *ti);

/** sim_status() - status or table line; waits for no I/O */
void sim_status(struct dm_target *ti, status_type_t type,
		unsigned int status_flags, char *result, unsigned int maxlen);

/** sim_message() - a message; its answer, if any, is in @result */
int sim_message(struct dm_target *ti, unsigned int argc, char **argv,
		char *result, unsigned int maxlen);

/**
 * sim_device_add_rule() - append a rule to a device
 * @sim: the device
 * @word: the text of the rule
 * @tag: if not 0, this tag, and a rule that has it is replaced
 * @why: filled on error
 *
 * Context: may sleep; takes rail->lock if the device is on a rail.
 * Return: the tag, or negative errno.
 */
s64 __must_check sim_device_add_rule(struct sim_device *sim, const char *word,
				     u32 tag, struct sim_text *why);

/** sim_device_del_rules() - remove the rule with @tag, or all if 0; -ENOENT */
int __must_check sim_device_del_rules(struct sim_device *sim, u32 tag);

/* Room in the cache: from one page to what a test machine can spare. */
#define SIM_CACHE_BYTES_MIN 4096
#define SIM_CACHE_BYTES_MAX 4294967296ull

/**
 * sim_device_set_cache() - give the device another volatile cache
 * @sim: the device; the caller holds rail->exec, or is the constructor
 * @bytes: 0 = none; what is cached and does not fit is destaged
 *
 * Return: 0, -ERANGE or -EIO.
 */
int __must_check sim_device_set_cache(struct sim_device *sim, u64 bytes);

/** sim_device_counters() - sum over CPUs for one kind of bio */
void sim_device_counters(struct sim_device *sim, enum sim_op op,
			 struct sim_counters *sum);

#endif /* DM_SIM_H */
