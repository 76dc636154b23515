// SPDX-License-Identifier: GPL-2.0-only
/*
 * Talking to one sim device through libdevmapper.
 */
#include "device.h"

#include <errno.h>
#include <libdevmapper.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void quiet_log(int level, const char *file, int line, int error,
		      const char *format, ...)
{
	(void)level;
	(void)file;
	(void)line;
	(void)error;
	(void)format;
}

void device_quiet(void)
{
	dm_log_with_errno_init(quiet_log);
}

static struct dm_task *device_task(int type, const char *name)
{
	struct dm_task *task = dm_task_create(type);

	if (task && name && !dm_task_set_name(task, name)) {
		dm_task_destroy(task);
		return NULL;
	}
	return task;
}

static int device_run(struct dm_task *task)
{
	int error;

	if (dm_task_run(task))
		return 0;
	error = dm_task_get_errno(task);
	return error ? -error : -EIO;
}

int device_message(const char *name, const char *message, char **answer)
{
	struct dm_task *task = device_task(DM_DEVICE_TARGET_MSG, name);
	const char *response;
	int r = -ENOMEM;

	*answer = NULL;
	if (!task)
		return r;
	if (dm_task_set_sector(task, 0) && dm_task_set_message(task, message)) {
		r = device_run(task);
		if (!r) {
			response = dm_task_get_message_response(task);
			*answer = strdup(response ? response : "");
			if (!*answer)
				r = -ENOMEM;
		}
	}
	dm_task_destroy(task);
	return r;
}

char *device_refusal(const char *name, int error)
{
	char *answer = NULL;

	if (error == -ENXIO)
		return strdup("no such device");
	if (!device_message(name, "error", &answer)) {
		answer[strcspn(answer, "\n")] = '\0';
		if (*answer)
			return answer;
	}
	free(answer);
	return strdup(strerror(-error));
}

int device_status(const char *name, char **status)
{
	struct dm_task *task = device_task(DM_DEVICE_STATUS, name);
	char *type = NULL, *words = NULL;
	uint64_t start, length;
	int r;

	if (!task)
		return -ENOMEM;
	r = device_run(task);
	if (!r) {
		dm_get_next_target(task, NULL, &start, &length, &type, &words);
		if (!type || strcmp(type, "sim")) {
			r = -ENODEV;
		} else {
			*status = strdup(words ? words : "");
			r = *status ? 0 : -ENOMEM;
		}
	}
	dm_task_destroy(task);
	return r;
}

int device_list(void (*each)(const char *name, void *data), void *data)
{
	struct dm_task *task = device_task(DM_DEVICE_LIST, NULL);
	struct dm_names *names;
	char *status;
	int r;

	if (!task)
		return -ENOMEM;
	r = device_run(task);
	names = r ? NULL : dm_task_get_names(task);
	while (names && names->dev) {
		if (!device_status(names->name, &status)) {
			each(names->name, data);
			free(status);
		}
		if (!names->next)
			break;
		names = (struct dm_names *)((char *)names + names->next);
	}
	dm_task_destroy(task);
	return r;
}
