// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening what will be overwritten, and the questions to ask before.
 */
#include <unistd.h>

#include "cli.h"
#include "fvd-convert.h"
#include "fvd-image.h"
#include "signature.h"
#include "target.h"

int target_open(struct target *target, const char *path)
{
	struct fvd_error error = { "" };
	int r;

	memset(target, 0, sizeof(*target));
	target->path = path;
	r = fvd_device_open(&target->dev, path, FVD_DEVICE_WRITE |
			    FVD_DEVICE_EXCLUSIVE | FVD_DEVICE_CREATE, &error);
	if (r) {
		message(path, "%s", error.text);
		return r == -EBUSY || r == -EEXIST ? EXIT_REFUSED : EXIT_FAILED;
	}
	target->is_new = !target->dev.is_block && !target->dev.size_bytes;
	return EXIT_OK;
}

/* Any FVD superblock, also one that is damaged or of another version. */
static bool find_image(struct fvd_device *dev, char *text, size_t nr_bytes)
{
	struct fvd_image image;
	char uuid[37];
	int r;

	r = fvd_image_open(&image, dev, NULL);
	if (!r)
		snprintf(text, nr_bytes, "the FVD image %s",
			 format_uuid(uuid, image.sb.uuid));
	else if (r == -EPROTONOSUPPORT || r == -EBADMSG || r == -EINVAL)
		snprintf(text, nr_bytes, "a damaged or newer FVD image");
	fvd_image_close(&image);
	return text[0];
}

/*
 * Anything at all in a regular file, because few formats have a signature that is
 * known. What is not a hole is read up to the first byte that is not zero.
 */
static int find_content(struct fvd_device *dev, char *text, size_t nr_bytes)
{
	static u8 piece[65536];
	struct fvd_error error;
	u64 offset = 0, nr;
	bool is_hole;
	int r;

	for (; !dev->is_block && offset < dev->size_bytes; offset += nr) {
		nr = fvd_device_extent(dev, offset, dev->size_bytes - offset,
				       &is_hole);
		if (is_hole)
			continue;
		nr = min_t(u64, nr, sizeof(piece));
		r = fvd_device_read(dev, offset, piece, nr, &error);
		if (r)
			return r;
		if (!fvd_is_zero(piece, nr)) {
			snprintf(text, nr_bytes, "something unknown");
			return 0;
		}
	}
	return 0;
}

static int find_anything(struct target *target, char *text, size_t nr_bytes)
{
	int r = 0;

	if (!find_image(&target->dev, text, nr_bytes))
		r = signature_find(target->path, text, nr_bytes);
	return r || text[0] ? r : find_content(&target->dev, text, nr_bytes);
}

int target_clear(struct target *target, bool force)
{
	char text[96] = "";
	int r;

	if (target->is_new)
		return EXIT_OK;
	if (force)
		r = signature_wipe(target->path);
	else
		r = find_anything(target, text, sizeof(text));
	if (r) {
		message(target->path, "can not be searched for what it carries: %s",
			strerror(-r));
		return EXIT_FAILED;
	}
	if (!text[0])
		return EXIT_OK;
	message(target->path, "carries %s; --force overwrites it", text);
	return EXIT_REFUSED;
}

void target_close(struct target *target, bool failed)
{
	if (target->dev.fd < 0)
		return;
	fvd_device_close(&target->dev);
	if (failed && target->dev.was_created)
		unlink(target->path);
}
