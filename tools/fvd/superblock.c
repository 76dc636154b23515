// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filling in the superblock of a new image.
 */
#include <stdlib.h>
#include <sys/random.h>

#include "cli.h"
#include "fvd-image.h"
#include "superblock.h"

int superblock_identify(struct fvd_superblock *sb, const u8 *uuid)
{
	u32 epoch;
	u8 random[FVD_UUID_BYTES + sizeof(epoch)];

	if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
		message("getrandom", "%s", strerror(errno));
		return EXIT_FAILED;
	}
	/* RFC 4122, version 4 */
	random[6] = (random[6] & 0x0f) | 0x40;
	random[8] = (random[8] & 0x3f) | 0x80;
	memcpy(sb->uuid, uuid ?: random, sizeof(sb->uuid));
	memcpy(&epoch, random + FVD_UUID_BYTES, sizeof(epoch));
	/* Old journal blocks of an image with the same UUID never match. */
	sb->journal_epoch = epoch ?: 1;
	return EXIT_OK;
}

void superblock_set_hint(char hint[FVD_PATH_BYTES], const char *path)
{
	char *real_path = NULL;

	if (path[0] != '/') {
		real_path = realpath(path, NULL);
		path = real_path ?: path;
	}
	if (strlen(path) < FVD_PATH_BYTES)
		memcpy(hint, path, strlen(path));
	free(real_path);
}

int superblock_set_base(struct fvd_superblock *sb, const char *path,
			struct fvd_device *base)
{
	struct fvd_error error = { "" };

	superblock_set_hint(sb->base_path, path);
	memcpy(sb->base_format, "raw", 3);
	sb->base_stamp_kind = FVD_BASE_STAMP_SAMPLES;
	if (!fvd_image_base_stamp(base, sb->base_size_bytes, sb->base_stamp,
				  &error))
		return EXIT_OK;
	message(path, "%s", error.text);
	return EXIT_FAILED;
}
