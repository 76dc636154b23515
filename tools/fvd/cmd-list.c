// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd list: which images are open.
 */
#include <json-c/json.h>
#include <stdlib.h>

#include "cli.h"
#include "dm.h"
#include "report.h"

enum { OPTION_NAMES };

static const struct cli_option options[] = {
	{ "names", NULL, "nothing but names" },
	{ NULL },
};

/* The image's UUID within "FVD-<32 hex>-<name>", or "-". */
static void image_uuid(const struct dm_device *device, char text[37])
{
	char hex[33];
	u8 uuid[16];

	memcpy(text, "-", 2);
	if (strncmp(device->uuid, "FVD-", 4) || strlen(device->uuid) < 37)
		return;
	memcpy(hex, device->uuid + 4, 32);
	hex[32] = '\0';
	if (parse_uuid(hex, uuid))
		format_uuid(text, uuid);
}

static struct json_object *make_object(const struct dm_device *device)
{
	struct json_object *object = json_object_new_object();
	char uuid[37];

	image_uuid(device, uuid);
	json_object_object_add(object, "name",
			       report_string(device->name));
	json_object_object_add(object, "dm_uuid",
			       report_string(device->uuid));
	json_object_object_add(object, "uuid", json_object_new_string(uuid));
	json_object_object_add(object, "major",
			       json_object_new_int(device->major));
	json_object_object_add(object, "minor",
			       json_object_new_int(device->minor));
	json_object_object_add(object, "open_count",
			       json_object_new_int(device->open_count));
	json_object_object_add(object, "suspended",
			       json_object_new_boolean(device->is_suspended));
	json_object_object_add(object, "read_only",
			       json_object_new_boolean(device->is_read_only));
	return object;
}

static void print_device(const struct dm_device *device)
{
	char uuid[37];

	image_uuid(device, uuid);
	printf("%-20s %3u:%-4u %-4s %-10s %s\n", device->name, device->major,
	       device->minor, device->is_read_only ? "ro" : "rw",
	       device->is_suspended ? "suspended" :
	       device->open_count ? "in use" : "idle", uuid);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct json_object *array;
	struct dm_device *devices;
	bool names = false;
	unsigned int i, nr;
	struct cli cli;
	int r;

	cli_begin(&cli, command, argc, argv);
	while (cli_next(&cli) == OPTION_NAMES)
		names = true;
	dm_begin();
	r = dm_list_devices(&devices, &nr);
	if (r)
		return r;
	array = json_object_new_array();
	for (i = 0; i < nr; i++) {
		if (cli.json)
			json_object_array_add(array, make_object(&devices[i]));
		else if (names)
			puts(devices[i].name);
		else
			print_device(&devices[i]);
	}
	if (cli.json)
		report_print_json(array);
	else
		json_object_put(array);
	free(devices);
	return EXIT_OK;
}

const struct command command_list = {
	.name = "list",
	.summary = "list the images that are open",
	.operands = "",
	.min_operands = 0,
	.max_operands = 0,
	.reports = true,
	.options = options,
	.run = run,
};
