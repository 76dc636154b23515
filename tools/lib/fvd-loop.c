// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loop devices, by sysfs and LOOP_GET_STATUS64.
 *
 * A file has many paths (hard links, bind mounts), but one device and inode.
 * Left out on purpose: keeping others from attaching the file afterwards; the
 * kernel has no way to do that.
 */
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fvd-loop.h"

#define SYSFS_BLOCK	"/sys/block/"

static bool ask_device(const char *node, struct loop_info64 *info)
{
	int fd = open(node, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = !ioctl(fd, LOOP_GET_STATUS64, info);
	close(fd);
	return ok;
}

/* For who may not open loop devices: as good as the path is seen from here. */
static bool ask_sysfs(const char *backing_file, struct stat *st)
{
	char path[PATH_MAX + 16] = "";
	FILE *in = fopen(backing_file, "re");

	if (!in)
		return false;
	if (!fgets(path, sizeof(path), in))
		path[0] = '\0';
	fclose(in);
	path[strcspn(path, "\n")] = '\0';
	return !stat(path, st);
}

static bool is_attached(const char *node, const char *backing_file,
			const struct stat *file)
{
	struct loop_info64 info;
	struct stat st;

	if (ask_device(node, &info))
		return info.lo_device == file->st_dev &&
			info.lo_inode == file->st_ino;
	return ask_sysfs(backing_file, &st) && st.st_dev == file->st_dev &&
		st.st_ino == file->st_ino;
}

static bool is_held_by_others(const char *node)
{
	int fd = open(node, O_RDONLY | O_EXCL | O_CLOEXEC);

	if (fd < 0)
		return true;
	close(fd);
	return false;
}

bool fvd_loop_of(const struct stat *file, bool is_held,
		 char name[FVD_LOOP_NAME_BYTES])
{
	bool found = false;
	const char *loop;
	glob_t list;
	size_t i;

	if (glob(SYSFS_BLOCK "loop*/loop/backing_file", 0, NULL, &list))
		return false;
	for (i = 0; !found && i < list.gl_pathc; i++) {
		loop = list.gl_pathv[i] + strlen(SYSFS_BLOCK);
		snprintf(name, FVD_LOOP_NAME_BYTES, "/dev/%.*s",
			 (int)strcspn(loop, "/"), loop);
		found = is_attached(name, list.gl_pathv[i], file) &&
			(!is_held || is_held_by_others(name));
	}
	globfree(&list);
	return found;
}
