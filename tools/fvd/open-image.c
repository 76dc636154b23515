// SPDX-License-Identifier: GPL-2.0-only
/* The image behind the name of an open device, or behind a path. */
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "open-image.h"
#include "plain.h"

/* From sysfs: libdevmapper would complain where there is no device-mapper. */
bool open_image_is_name(const char *name)
{
	char found[132];
	bool is = false;
	glob_t paths;
	FILE *in;
	size_t i;

	if (strchr(name, '/') || glob("/sys/block/dm-*/dm/name", 0, NULL, &paths))
		return false;
	for (i = 0; i < paths.gl_pathc && !is; i++) {
		in = fopen(paths.gl_pathv[i], "re");
		if (!in)
			continue;
		if (fgets(found, sizeof(found), in)) {
			found[strcspn(found, "\n")] = '\0';
			is = !strcmp(found, name);
		}
		fclose(in);
	}
	globfree(&paths);
	return is;
}

/* A dm device's node has its own name in /dev/mapper. */
static bool read_dm_name(const char *number, char name[132])
{
	char path[96];
	FILE *in;
	bool ok;

	snprintf(path, sizeof(path), "/sys/dev/block/%s/dm/name", number);
	in = fopen(path, "re");
	if (!in)
		return false;
	ok = fgets(name, 132, in);
	name[strcspn(name, "\n")] = '\0';
	fclose(in);
	return ok;
}

bool open_image_node(const char *number, char *path, size_t nr_bytes)
{
	char link[512], place[96], name[132], *at;
	ssize_t nr;

	if (read_dm_name(number, name)) {
		snprintf(path, nr_bytes, "/dev/mapper/%s", name);
		return true;
	}
	snprintf(place, sizeof(place), "/sys/dev/block/%s", number);
	nr = readlink(place, link, sizeof(link) - 1);
	if (nr < 0)
		return false;
	link[nr] = '\0';
	at = strrchr(link, '/');
	snprintf(path, nr_bytes, "/dev/%s", at ? at + 1 : link);
	/* As the kernel writes a slash in a name in sysfs: cciss!c0d0. */
	for (at = path; *at; at++)
		if (*at == '!')
			*at = '/';
	return true;
}

static int find_by_name(struct open_image *open, const char *name)
{
	struct plain_device plain;
	char *params;
	int r;

	r = dm_find(name, &open->dm);
	if (!r)
		r = dm_table(name, &open->nr_sectors, &params);
	if (r)
		return r;
	if (plain_device_find(&plain, name)) {
		message(name, "is a plain linear device since \"fvd pivot\"");
		r = EXIT_REFUSED;
	} else if (!table_line_parse(&open->line, params)) {
		message(name, "the kernel's table is not understood: %s", params);
		r = EXIT_FAILED;
	}
	free(params);
	open->is_open = true;
	if (!r && !open_image_node(open->line.image, open->path,
				   sizeof(open->path))) {
		message(name, "the image's device %s is not there",
			open->line.image);
		r = EXIT_FAILED;
	}
	return r;
}

int open_image_find(struct open_image *open, const char *name, bool write)
{
	struct fvd_error error = { "" };
	int r;

	memset(open, 0, sizeof(*open));
	if (open_image_is_name(name)) {
		r = find_by_name(open, name);
		if (r)
			return r;
	} else {
		snprintf(open->path, sizeof(open->path), "%s", name);
	}
	r = fvd_device_open(&open->dev, open->path,
			    write ? FVD_DEVICE_WRITE | FVD_DEVICE_EXCLUSIVE : 0,
			    &error);
	if (r) {
		message(name, "%s", error.text);
		return exit_code_of(r);
	}
	r = fvd_image_open(&open->image, &open->dev, &error);
	if (r) {
		message(name, "%s", error.text);
		open_image_close(open);
		return exit_code_of(r);
	}
	return EXIT_OK;
}

void open_image_close(struct open_image *open)
{
	fvd_image_close(&open->image);
	fvd_device_close(&open->dev);
}
