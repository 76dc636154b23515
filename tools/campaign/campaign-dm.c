// SPDX-License-Identifier: GPL-2.0-only
/*
 * libdevmapper, whose own messages are dropped: a failure is often what a case
 * provokes.
 */
#include <errno.h>
#include <libdevmapper.h>
#include <stdio.h>
#include <string.h>

#include "campaign-dm.h"

static void drop(int level, const char *file, int line, int dm_errno,
		 const char *format, ...)
{
}

void dm_begin(void)
{
	dm_log_with_errno_init(drop);
	dm_udev_set_sync_support(0);
	dm_hold_control_dev(1);
}

static struct dm_task *task_create(int type, const char *name)
{
	struct dm_task *task = dm_task_create(type);

	if (task && !dm_task_set_name(task, name)) {
		dm_task_destroy(task);
		return NULL;
	}
	return task;
}

static int task_run(struct dm_task *task)
{
	int r = 0;

	if (!dm_task_run(task)) {
		r = dm_task_get_errno(task);
		r = r ? -r : -EIO;
	}
	dm_task_destroy(task);
	/* What udev would do otherwise: /dev/mapper/NAME. */
	dm_task_update_nodes();
	return r;
}

static int load(int type, const char *name, uint64_t sectors,
		const char *target, const char *params, bool read_only)
{
	struct dm_task *task = task_create(type, name);

	if (!task)
		return -ENOMEM;
	if (read_only)
		dm_task_set_ro(task);
	dm_task_add_target(task, 0, sectors, target, params);
	return task_run(task);
}

int dm_create(const char *name, uint64_t sectors, const char *target,
	      const char *params, bool read_only)
{
	return load(DM_DEVICE_CREATE, name, sectors, target, params, read_only);
}

int dm_load(const char *name, uint64_t sectors, const char *target,
	    const char *params, bool read_only)
{
	return load(DM_DEVICE_RELOAD, name, sectors, target, params,
		    read_only);
}

static int simple(int type, const char *name)
{
	struct dm_task *task = task_create(type, name);

	return task ? task_run(task) : -ENOMEM;
}

int dm_remove(const char *name)
{
	struct dm_task *task = task_create(DM_DEVICE_REMOVE, name);
	int r;

	if (!task)
		return -ENOMEM;
	/* A ring that could not be made lets go of its files a bit later. */
	dm_task_retry_remove(task);
	r = task_run(task);
	return r == -ENXIO ? 0 : r;
}

int dm_suspend(const char *name, bool noflush)
{
	struct dm_task *task = task_create(DM_DEVICE_SUSPEND, name);

	if (!task)
		return -ENOMEM;
	dm_task_skip_lockfs(task);
	if (noflush)
		dm_task_no_flush(task);
	return task_run(task);
}

int dm_resume(const char *name)
{
	return simple(DM_DEVICE_RESUME, name);
}

int dm_message(const char *name, const char *text, char *answer, int size)
{
	struct dm_task *task = task_create(DM_DEVICE_TARGET_MSG, name);
	const char *response;
	int r = 0;

	if (!task)
		return -ENOMEM;
	dm_task_set_sector(task, 0);
	dm_task_set_message(task, text);
	if (!dm_task_run(task)) {
		r = dm_task_get_errno(task);
		r = r ? -r : -EIO;
	}
	if (answer) {
		response = r ? NULL : dm_task_get_message_response(task);
		snprintf(answer, size, "%s", response ?: "");
	}
	dm_task_destroy(task);
	return r;
}

int dm_status(const char *name, char *status, int size)
{
	struct dm_task *task = task_create(DM_DEVICE_STATUS, name);
	char *type = NULL, *params = NULL;
	uint64_t start, length;
	int r = -EIO;

	if (!task)
		return -ENOMEM;
	if (dm_task_run(task)) {
		dm_get_next_target(task, NULL, &start, &length, &type, &params);
		if (params) {
			snprintf(status, size, "%s", params);
			r = 0;
		}
	}
	dm_task_destroy(task);
	return r;
}
