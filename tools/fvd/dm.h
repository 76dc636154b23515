/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fvd wants of device-mapper: make, load, remove, ask.
 *
 * libdevmapper's own messages are caught; an error of the kernel's target is
 * taken from the kernel log, so that the user sees the reason. All functions
 * but dm_begin() say what is wrong themselves, and return an exit code.
 */
#ifndef DM_H
#define DM_H

#include <stdbool.h>
#include <stdint.h>

#include "fvd-portability.h"

/**
 * struct dm_device - an open fvd device as the kernel has it.
 * @uuid: "FVD-<32 hex>-<name>", or what a user of bare dmsetup gave it
 */
struct dm_device {
	char name[128];
	char uuid[130];
	uint32_t major;
	uint32_t minor;
	int open_count;
	bool is_suspended;
	bool is_read_only;
	bool has_inactive_table;
};

/** dm_begin() - set up libdevmapper; before anything else. */
void dm_begin(void);

/** dm_is_name_good() - may a device have this name? */
bool dm_is_name_good(const char *name);

/** dm_create() - create, load and resume in one. */
int dm_create(const char *name, const char *uuid, u64 nr_sectors,
	      const char *params, bool read_only);

/**
 * dm_reload() - load a new table, suspend, resume.
 * @without_flush: I/O that waits for the old base is not waited for, but goes
 *	to the new table; and a file system on the device is not frozen
 *
 * The old table stays in use if the kernel refuses the new one.
 */
int dm_reload(const char *name, u64 nr_sectors, const char *params,
	      bool read_only, bool without_flush);

/**
 * dm_load() - load a table of target @type; nothing is different yet.
 *
 * Then dm_suspend(), and dm_resume() to swap, or dm_drop_loaded() before
 * dm_resume() to go on with the old one.
 */
int dm_load(const char *name, const char *type, u64 nr_sectors,
	    const char *params, bool read_only);

/** dm_suspend() - no I/O from here on; what is in flight ends first. */
int dm_suspend(const char *name);

/** dm_resume() - go on, with the loaded table if there is one. */
int dm_resume(const char *name);

/** dm_drop_loaded() - forget what dm_load() has loaded. */
int dm_drop_loaded(const char *name);

/** dm_remove() - @deferred: as soon as nobody has it open. */
int dm_remove(const char *name, bool deferred);

/** dm_find() - EXIT_NO_DEVICE if there is none, or it is not one of ours. */
int dm_find(const char *name, struct dm_device *device);

/**
 * dm_list_devices() - all fvd devices; free(*@devices).
 *
 * No device-mapper in the kernel at all means none.
 */
int dm_list_devices(struct dm_device **devices, unsigned int *nr);

/**
 * dm_table() - the table line of a device.
 * @params: free() it
 */
int dm_table(const char *name, u64 *nr_sectors, char **params);

/** dm_status() - the status line; free(*@params). */
int dm_status(const char *name, u64 *nr_sectors, char **params);

/**
 * dm_try_status() - as dm_status(), for a device that may be gone by now.
 *
 * Returns: false, without a message, if it is, or has no table.
 */
bool dm_try_status(const char *name, u64 *nr_sectors, char **params);

/** What dm_each_target() calls; the texts are gone afterwards. */
typedef void (*dm_target_function)(void *context, u64 start, u64 nr_sectors,
				   const char *type, const char *params);

/**
 * dm_each_target() - all targets of any device, not only of ours.
 * @is_status: the status lines instead of the table
 */
int dm_each_target(const char *name, bool is_status,
		   dm_target_function function, void *context);

/** dm_message() - send a message; *@answer is NULL or to be freed. */
int dm_message(const char *name, const char *text, char **answer);

#endif /* DM_H */
