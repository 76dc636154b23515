// SPDX-License-Identifier: GPL-2.0-only
/*
 * nbdkit-fvd-plugin: serve the disk in an FVD image, version 1 or format 3,
 * without the kernel's target. Read-only.
 *
 * Parallel: the image is loaded before the first client comes and does not
 * change; lookups and reads have no state.
 */
#include <errno.h>
#include <stdlib.h>

#include "fvd-source.h"

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>

#define THREAD_MODEL NBDKIT_THREAD_MODEL_PARALLEL

/* Answers about more extents are not asked for again: a client goes on. */
#define MAX_EXTENTS 4096

static struct fvd_source_request request;
static struct fvd_source source = {
	.image.fd = -1, .base.fd = -1, .data.fd = -1,
};

static int take_path(const char **path, const char *value)
{
	free((char *)*path);
	*path = nbdkit_realpath(value);
	return *path ? 0 : -1;
}

static int fvd_config(const char *key, const char *value)
{
	struct fvd_error error = { "" };

	if (!strcmp(key, "file"))
		return take_path(&request.path, value);
	if (!strcmp(key, "base"))
		return take_path(&request.base_path, value);
	if (!strcmp(key, "data"))
		return take_path(&request.data_path, value);
	if (!strcmp(key, "accept")) {
		if (!fvd_v1_accept_parse(value, &request.accepted, &error))
			return 0;
		nbdkit_error("accept: %s", error.text);
		return -1;
	}
	nbdkit_error("unknown parameter '%s'", key);
	return -1;
}

static int fvd_config_complete(void)
{
	if (request.path)
		return 0;
	nbdkit_error("you must give the parameter file=<IMAGE>");
	return -1;
}

static int fvd_get_ready(void)
{
	struct fvd_error error = { "" };

	if (!fvd_source_open(&source, &request, &error))
		return 0;
	nbdkit_error("%s: %s", source.failed_path, error.text);
	return -1;
}

static void fvd_unload(void)
{
	fvd_source_close(&source);
	free((char *)request.path);
	free((char *)request.base_path);
	free((char *)request.data_path);
}

static void *fvd_open(int readonly)
{
	return NBDKIT_HANDLE_NOT_NEEDED;
}

static int64_t fvd_get_size(void *handle)
{
	return source.size_bytes;
}

static int fvd_can_multi_conn(void *handle)
{
	return 1;
}

static int fvd_pread(void *handle, void *buffer, uint32_t count,
		     uint64_t offset, uint32_t flags)
{
	struct fvd_error error = { "" };

	if (!fvd_source_read(&source, offset, buffer, count, &error))
		return 0;
	nbdkit_error("at %llu: %s", (unsigned long long)offset, error.text);
	nbdkit_set_error(EIO);
	return -1;
}

static int fvd_extents(void *handle, uint32_t count, uint64_t offset,
		       uint32_t flags, struct nbdkit_extents *extents)
{
	u64 sector = offset >> FVD_SECTOR_SHIFT, end = offset + count;
	u64 sectors = source.size_bytes >> FVD_SECTOR_SHIFT;
	unsigned int i, limit = flags & NBDKIT_FLAG_REQ_ONE ? 1 : MAX_EXTENTS;
	struct fvd_run run;

	for (i = 0; i < limit && sector << FVD_SECTOR_SHIFT < end; i++) {
		fvd_source_lookup(&source, sector, sectors - sector, &run);
		if (nbdkit_add_extent(extents, sector << FVD_SECTOR_SHIFT,
				      run.nr_sectors << FVD_SECTOR_SHIFT,
				      run.where == FVD_IS_ZERO ?
				      NBDKIT_EXTENT_HOLE | NBDKIT_EXTENT_ZERO :
				      0))
			return -1;
		sector += run.nr_sectors;
	}
	return 0;
}

static struct nbdkit_plugin plugin = {
	.name = "fvd",
	.longname = "FVD images",
	.version = VERSION,
	.description = "Read-only access to FVD images of format 3 and version 1.",
	.magic_config_key = "file",
	.config_help =
		"file=<IMAGE>     (required) The image, a file or block device.\n"
		"base=<FILE>      Its base, if something is left there.\n"
		"data=<FILE>      Its data, if they are in another file.\n"
		"accept=<WORDS>   As of \"fvd convert\".",
	.unload = fvd_unload,
	.config = fvd_config,
	.config_complete = fvd_config_complete,
	.get_ready = fvd_get_ready,
	.open = fvd_open,
	.get_size = fvd_get_size,
	.can_multi_conn = fvd_can_multi_conn,
	.pread = fvd_pread,
	.extents = fvd_extents,
};

/* What the macro defines is called by nbdkit alone. */
struct nbdkit_plugin *plugin_init(void);

NBDKIT_REGISTER_PLUGIN(plugin)
