// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening what will be overwritten, and the questions to ask before.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "fvd-image.h"
#include "signature.h"
#include "target.h"

int target_open(struct target *target, const char *path)
{
	struct fvd_error error = { "" };
	struct stat st;
	int r;

	memset(target, 0, sizeof(*target));
	target->path = path;
	target->was_created = stat(path, &st) && errno == ENOENT;
	r = fvd_device_open(&target->dev, path, FVD_DEVICE_WRITE |
			    FVD_DEVICE_EXCLUSIVE | FVD_DEVICE_CREATE, &error);
	if (r) {
		message(path, "%s", error.text);
		return r == -EBUSY ? EXIT_REFUSED : EXIT_FAILED;
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

int target_clear(struct target *target, bool force)
{
	char text[96] = "";
	int r = 0;

	if (target->is_new)
		return EXIT_OK;
	if (!find_image(&target->dev, text, sizeof(text)))
		r = signature_find(target->path, text, sizeof(text));
	if (!r && text[0] && !force) {
		message(target->path,
			"carries %s; --force overwrites it", text);
		return EXIT_REFUSED;
	}
	if (!r && force)
		r = signature_wipe(target->path);
	if (r) {
		message(target->path, "can not be probed for signatures: %s",
			strerror(-r));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

void target_close(struct target *target, bool failed)
{
	if (target->dev.fd < 0)
		return;
	fvd_device_close(&target->dev);
	if (failed && target->was_created)
		unlink(target->path);
}
