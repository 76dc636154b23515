// SPDX-License-Identifier: GPL-2.0-only
/*
 * device-mapper by libdevmapper.
 *
 * udev: every operation that makes or removes a node carries a cookie and
 * waits for it; without a running udevd libdevmapper makes the nodes itself.
 */
#include <ctype.h>
#include <fcntl.h>
#include <libdevmapper.h>
#include <stdarg.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "cli.h"
#include "dm.h"
#include "undisturbed.h"

#define TARGET_TYPE	"fvd"
#define UUID_PREFIX	"FVD-"
/* One record of /dev/kmsg fits. */
#define RECORD_BYTES	8192

/* The last thing that libdevmapper complained about. */
static char complaint[256];
static int kernel_log = -1;

static void catch_message(int level, const char *file, int line,
			  int dm_errno_or_class, const char *format, ...)
	__printf(5, 6);

static void catch_message(int level, const char *file, int line,
			  int dm_errno_or_class, const char *format, ...)
{
	va_list args;

	if ((level & 7) > LOG_ERR)
		return;
	va_start(args, format);
	vsnprintf(complaint, sizeof(complaint), format, args);
	va_end(args);
}

void dm_begin(void)
{
	dm_log_with_errno_init(catch_message);
	dm_set_name_mangling_mode(DM_STRING_MANGLING_NONE);
	kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/* What udev and libdevmapper leave as it is, and no shell expands. */
static bool is_good_in_name(char c)
{
	return c && (isalnum((unsigned char)c) || strchr("#+-.:=@_", c));
}

bool dm_is_name_good(const char *name)
{
	size_t nr;

	for (nr = 0; is_good_in_name(name[nr]); nr++)
		;
	return nr > 0 && nr < 128 - 4 - 32 - 1 && !name[nr] &&
		strcmp(name, ".") && strcmp(name, "..");
}

/* From here on, what the kernel logs is about what we do. */
static void forget_complaints(void)
{
	complaint[0] = '\0';
	if (kernel_log >= 0)
		lseek(kernel_log, 0, SEEK_END);
}

/*
 * What the kernel says of a refusal: the target's own last line, which has
 * found and expected in it; else the last one of device-mapper.
 */
static bool read_reason(char *reason, size_t nr_bytes)
{
	static char record[RECORD_BYTES];
	bool found = false, is_targets = false, ours;
	ssize_t got;
	char *text;

	if (kernel_log < 0)
		return false;
	for (;;) {
		got = read(kernel_log, record, sizeof(record) - 1);
		if (got < 0 && errno == EPIPE)
			continue;
		if (got <= 0)
			return found;
		record[got] = '\0';
		record[strcspn(record, "\n")] = '\0';
		text = strstr(record, "device-mapper: ");
		if (!text || strstr(text, "ioctl: "))
			continue;
		text += strlen("device-mapper: ");
		ours = !strncmp(text, TARGET_TYPE ": ", strlen(TARGET_TYPE ": "));
		if (is_targets && !ours)
			continue;
		snprintf(reason, nr_bytes, "%s", text);
		found = true;
		is_targets = ours;
	}
}

/* @error: negative errno, 0 if libdevmapper did not tell */
static int complain(const char *name, const char *what, int error)
{
	char reason[512];

	if (read_reason(reason, sizeof(reason)))
		message(name, "%s failed: %s", what, reason);
	else if (error)
		message(name, "%s failed: %s", what, strerror(-error));
	else
		message(name, "%s failed: %s", what,
			complaint[0] ? complaint : "unknown error");
	return error == -EBUSY ? EXIT_REFUSED : EXIT_FAILED;
}

static struct dm_task *new_task(int type, const char *name)
{
	struct dm_task *task;

	forget_complaints();
	task = dm_task_create(type);
	if (task && name && !dm_task_set_name(task, name)) {
		dm_task_destroy(task);
		task = NULL;
	}
	if (!task)
		message(name ?: "device-mapper", "%s", complaint[0] ?
			complaint : "is not available");
	return task;
}

static int task_error(struct dm_task *task)
{
	return -(dm_task_get_errno(task) ?: EIO);
}

/* Run a task that makes, renames or removes nodes. */
static int run_with_cookie(struct dm_task *task)
{
	uint32_t cookie = 0;
	int error = 0;

	if (!dm_task_set_cookie(task, &cookie, 0))
		return -EINVAL;
	if (!dm_task_run(task))
		error = task_error(task);
	dm_udev_wait(cookie);
	if (!cookie)
		dm_task_update_nodes();
	return error;
}

static int set_table(struct dm_task *task, const char *type, u64 nr_sectors,
		     const char *params, bool read_only)
{
	if (!dm_task_add_target(task, 0, nr_sectors, type, params))
		return -EINVAL;
	if (read_only && !dm_task_set_ro(task))
		return -EINVAL;
	return 0;
}

int dm_create(const char *name, const char *uuid, u64 nr_sectors,
	      const char *params, bool read_only)
{
	struct dm_task *task = new_task(DM_DEVICE_CREATE, name);
	int error;

	if (!task)
		return EXIT_FAILED;
	error = set_table(task, TARGET_TYPE, nr_sectors, params, read_only);
	if (!error && !dm_task_set_uuid(task, uuid))
		error = -EINVAL;
	if (!error)
		error = run_with_cookie(task);
	dm_task_destroy(task);
	return error ? complain(name, "opening", error) : EXIT_OK;
}

static int run_simple(int type, const char *name, const char *what)
{
	struct dm_task *task = new_task(type, name);
	int error = 0;

	if (!task)
		return EXIT_FAILED;
	if (type == DM_DEVICE_RESUME || type == DM_DEVICE_REMOVE)
		error = run_with_cookie(task);
	else if (!dm_task_run(task))
		error = task_error(task);
	dm_task_destroy(task);
	return error ? complain(name, what, error) : EXIT_OK;
}

int dm_load(const char *name, const char *type, u64 nr_sectors,
	    const char *params, bool read_only)
{
	struct dm_task *task = new_task(DM_DEVICE_RELOAD, name);
	int error;

	if (!task)
		return EXIT_FAILED;
	error = set_table(task, type, nr_sectors, params, read_only);
	if (!error && !dm_task_run(task))
		error = task_error(task);
	dm_task_destroy(task);
	return error ? complain(name, "loading the new table", error) : EXIT_OK;
}

static int suspend(const char *name, bool without_flush)
{
	struct dm_task *task = new_task(DM_DEVICE_SUSPEND, name);
	int error = 0;

	if (!task)
		return EXIT_FAILED;
	if (without_flush && !dm_task_no_flush(task))
		error = -EINVAL;
	if (!error && !dm_task_run(task))
		error = task_error(task);
	dm_task_destroy(task);
	return error ? complain(name, "suspending", error) : EXIT_OK;
}

int dm_suspend(const char *name)
{
	return suspend(name, false);
}

int dm_resume(const char *name)
{
	return run_simple(DM_DEVICE_RESUME, name, "resuming");
}

int dm_drop_loaded(const char *name)
{
	return run_simple(DM_DEVICE_CLEAR, name, "dropping the new table");
}

/* Suspend, and resume with the table that is loaded. */
static int swap_tables(const char *name, bool without_flush)
{
	int r = suspend(name, without_flush);

	if (r) {
		dm_drop_loaded(name);
		return r;
	}
	r = run_simple(DM_DEVICE_RESUME, name, "resuming with the new table");
	if (!r)
		return r;
	/* The new table is gone now or can be dropped; the old one works. */
	dm_drop_loaded(name);
	run_simple(DM_DEVICE_RESUME, name, "resuming with the old table");
	return r;
}

/*
 * Load first: what needs memory and can be refused happens while the device
 * still works.
 */
int dm_reload(const char *name, u64 nr_sectors, const char *params,
	      bool read_only, bool without_flush)
{
	int r;

	undisturbed_begin();
	r = dm_load(name, TARGET_TYPE, nr_sectors, params, read_only) ?:
		swap_tables(name, without_flush);
	undisturbed_end();
	return r;
}

int dm_remove(const char *name, bool deferred)
{
	struct dm_task *task = new_task(DM_DEVICE_REMOVE, name);
	int error;

	if (!task)
		return EXIT_FAILED;
	/* udev may have it open for a moment; try for some seconds. */
	if (deferred)
		dm_task_deferred_remove(task);
	else
		dm_task_retry_remove(task);
	error = run_with_cookie(task);
	dm_task_destroy(task);
	if (error == -EBUSY) {
		message(name, "is in use; --deferred closes it when it is no longer");
		return EXIT_REFUSED;
	}
	return error ? complain(name, "closing", error) : EXIT_OK;
}

/* Is there a target of ours in the active table (or, if none, inactive)? */
static bool has_our_target(const char *name)
{
	struct dm_task *task = new_task(DM_DEVICE_TABLE, name);
	char *type = NULL, *params;
	uint64_t start, length;
	bool ours;

	if (!task)
		return false;
	ours = dm_task_run(task);
	if (ours) {
		dm_get_next_target(task, NULL, &start, &length, &type, &params);
		ours = type && !strcmp(type, TARGET_TYPE);
	}
	dm_task_destroy(task);
	return ours;
}

/* Returns: 1 if there is such a device, 0 if not, or an error as -exit code. */
static int get_info(const char *name, struct dm_device *device)
{
	struct dm_task *task = new_task(DM_DEVICE_INFO, name);
	struct dm_info info;
	const char *uuid;
	int found = 0;

	memset(device, 0, sizeof(*device));
	if (!task)
		return -EXIT_FAILED;
	if (!dm_task_run(task) || !dm_task_get_info(task, &info)) {
		found = -complain(name, "asking for it",
				  -dm_task_get_errno(task));
	} else if (info.exists) {
		found = 1;
		uuid = dm_task_get_uuid(task);
		snprintf(device->name, sizeof(device->name), "%s", name);
		snprintf(device->uuid, sizeof(device->uuid), "%s", uuid ?: "");
		device->major = info.major;
		device->minor = info.minor;
		device->open_count = info.open_count;
		device->is_suspended = info.suspended;
		device->is_read_only = info.read_only;
		device->has_inactive_table = info.inactive_table;
	}
	dm_task_destroy(task);
	return found;
}

static bool is_ours(const struct dm_device *device)
{
	return !strncmp(device->uuid, UUID_PREFIX, strlen(UUID_PREFIX)) ||
		has_our_target(device->name);
}

int dm_find(const char *name, struct dm_device *device)
{
	int found = get_info(name, device);

	if (found < 0)
		return -found;
	if (!found) {
		message(name, "no such device is open");
		return EXIT_NO_DEVICE;
	}
	if (!is_ours(device)) {
		message(name, "is a device-mapper device, but not one of fvd");
		return EXIT_NO_DEVICE;
	}
	return EXIT_OK;
}

static int take_devices(struct dm_names *names, struct dm_device **devices,
			unsigned int *nr)
{
	struct dm_device *list = NULL, *longer;
	unsigned int next = 0;

	*nr = 0;
	if (!names->dev)
		return EXIT_OK;
	do {
		names = (void *)((char *)names + next);
		next = names->next;
		longer = realloc(list, (*nr + 1) * sizeof(*list));
		if (!longer) {
			free(list);
			message("device-mapper", "out of memory");
			return EXIT_FAILED;
		}
		list = longer;
		if (get_info(names->name, &list[*nr]) == 1 &&
		    is_ours(&list[*nr]))
			(*nr)++;
	} while (next);
	*devices = list;
	return EXIT_OK;
}

int dm_list_devices(struct dm_device **devices, unsigned int *nr)
{
	struct dm_task *task;
	struct dm_names *names;
	int r = EXIT_OK;

	*devices = NULL;
	*nr = 0;
	task = new_task(DM_DEVICE_LIST, NULL);
	if (!task)
		return EXIT_FAILED;
	names = dm_task_run(task) ? dm_task_get_names(task) : NULL;
	if (!names)
		r = complain("device-mapper", "listing",
			     -dm_task_get_errno(task));
	else
		r = take_devices(names, devices, nr);
	dm_task_destroy(task);
	return r;
}

/* Returns: negative errno, -ENODATA if no table is loaded. */
static int ask_for_line(struct dm_task *task, u64 *nr_sectors, char **params)
{
	char *target_type = NULL, *line = NULL;
	uint64_t start = 0, length = 0;

	if (!dm_task_run(task))
		return task_error(task);
	dm_get_next_target(task, NULL, &start, &length, &target_type, &line);
	if (!target_type)
		return -ENODATA;
	*nr_sectors = length;
	*params = strdup(line ?: "");
	return *params ? 0 : -ENOMEM;
}

static int get_line(int type, const char *name, u64 *nr_sectors, char **params)
{
	struct dm_task *task = new_task(type, name);
	int error;

	*params = NULL;
	if (!task)
		return EXIT_FAILED;
	if (type == DM_DEVICE_STATUS)
		dm_task_no_flush(task);
	error = ask_for_line(task, nr_sectors, params);
	dm_task_destroy(task);
	if (error == -ENODATA) {
		message(name, "has no table loaded");
		return EXIT_FAILED;
	}
	return error ? complain(name, "asking for its state", error) : EXIT_OK;
}

int dm_each_target(const char *name, bool is_status,
		   dm_target_function function, void *context)
{
	struct dm_task *task = new_task(is_status ? DM_DEVICE_STATUS :
					DM_DEVICE_TABLE, name);
	char *type = NULL, *params = NULL;
	uint64_t start, length;
	void *next = NULL;
	int error = 0;

	if (!task)
		return EXIT_FAILED;
	dm_task_no_flush(task);
	if (!dm_task_run(task))
		error = task_error(task);
	else
		do {
			next = dm_get_next_target(task, next, &start, &length,
						  &type, &params);
			if (type)
				function(context, start, length, type,
					 params ?: "");
		} while (next);
	dm_task_destroy(task);
	return error ? complain(name, "asking for its state", error) : EXIT_OK;
}

int dm_table(const char *name, u64 *nr_sectors, char **params)
{
	return get_line(DM_DEVICE_TABLE, name, nr_sectors, params);
}

int dm_status(const char *name, u64 *nr_sectors, char **params)
{
	return get_line(DM_DEVICE_STATUS, name, nr_sectors, params);
}

bool dm_try_status(const char *name, u64 *nr_sectors, char **params)
{
	struct dm_task *task = new_task(DM_DEVICE_STATUS, name);
	int error = -ENOMEM;

	*params = NULL;
	if (task) {
		dm_task_no_flush(task);
		error = ask_for_line(task, nr_sectors, params);
		dm_task_destroy(task);
	}
	return !error;
}

int dm_message(const char *name, const char *text, char **answer)
{
	struct dm_task *task = new_task(DM_DEVICE_TARGET_MSG, name);
	const char *response;
	int error = 0;

	*answer = NULL;
	if (!task)
		return EXIT_FAILED;
	if (!dm_task_set_sector(task, 0) || !dm_task_set_message(task, text))
		error = -EINVAL;
	else if (!dm_task_run(task))
		error = task_error(task);
	response = error ? NULL : dm_task_get_message_response(task);
	if (response)
		*answer = strdup(response);
	dm_task_destroy(task);
	return error ? complain(name, "the message", error) : EXIT_OK;
}
