// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening, filling and comparing devices.
 *
 * A block device is opened with O_EXCL, which fails if it is mounted or in use
 * by another device: this program overwrites what it is given.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress-device.h"

#define PASS_BYTES	(1024 * 1024)
#define PASS_ALIGNMENT	4096

static int block_geometry(struct stress_device *device)
{
	int block_bytes;

	if (ioctl(device->fd, BLKGETSIZE64, &device->bytes) ||
	    ioctl(device->fd, BLKSSZGET, &block_bytes))
		return -errno;
	device->block_bytes = (u32)block_bytes;
	return 0;
}

/* The smallest unit that the file system takes for O_DIRECT. */
static u32 file_block_bytes(int fd, bool buffered)
{
	u32 bytes = SECTOR_BYTES;
#ifdef STATX_DIOALIGN
	struct statx status;

	if (!buffered && !statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) &&
	    status.stx_mask & STATX_DIOALIGN && status.stx_dio_offset_align)
		bytes = status.stx_dio_offset_align;
#else
	(void)fd;
	(void)buffered;
#endif
	return bytes;
}

static void file_geometry(struct stress_device *device, struct stat *status,
			  const struct stress_options *options, bool writable)
{
	device->bytes = (u64)status->st_size;
	device->block_bytes = file_block_bytes(device->fd, options->buffered);
	device->is_short = writable &&
			   options->settings.device_bytes > device->bytes;
	if (device->is_short)
		device->bytes = options->settings.device_bytes;
}

int device_open(struct stress_device *device, const char *path,
		const struct stress_options *options, bool writable)
{
	int flags = (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC;
	struct stat status;
	int error;

	if (!options->buffered)
		flags |= O_DIRECT;
	if (stat(path, &status)) {
		error = -errno;
		goto failed;
	}
	device->is_short = false;
	device->is_block = S_ISBLK(status.st_mode);
	if (device->is_block && writable && !options->shared)
		flags |= O_EXCL;
	device->fd = open(path, flags);
	if (device->fd < 0) {
		error = -errno;
		goto failed;
	}
	error = 0;
	if (device->is_block)
		error = block_geometry(device);
	else if (S_ISREG(status.st_mode))
		file_geometry(device, &status, options, writable);
	else
		error = -ENOTBLK;
	if (!error)
		return 0;
	close(device->fd);
failed:
	complain("%s: %s", path, strerror(-error));
	return error;
}

int device_lengthen(struct stress_device *device)
{
	int error;

	if (!device->is_short || !ftruncate(device->fd, (off_t)device->bytes))
		return 0;
	error = -errno;
	complain("can not be made %llu bytes long: %s", device->bytes,
		 strerror(-error));
	return error;
}

void device_close(struct stress_device *device)
{
	close(device->fd);
}

static void fill_sectors(u8 *data, u64 sector, u64 count,
			 const struct stress_options *options)
{
	const struct stress_settings *settings = &options->settings;
	u64 base_sectors = settings->base_bytes / SECTOR_BYTES;
	struct pattern_origin origin = { .seed = settings->base_tag };

	for (; count; count--, sector++, data += SECTOR_BYTES) {
		origin.sector = sector;
		origin.kind = PATTERN_ZERO;
		if (options->mode == STRESS_FILL_STALE)
			origin.kind = PATTERN_STALE;
		else if (options->mode == STRESS_MAKE_BASE &&
			 (!base_sectors || sector < base_sectors))
			origin.kind = PATTERN_BASE;
		pattern_fill(data, &origin);
	}
}

static int write_part(int fd, const u8 *data, u64 bytes, u64 offset)
{
	ssize_t done = pwrite(fd, data, bytes, (off_t)offset);

	if (done == (ssize_t)bytes)
		return 0;
	done = done < 0 ? -errno : -EIO;
	complain("write of %llu bytes at %llu: %s", bytes, offset,
		 strerror((int)-done));
	return (int)done;
}

static void *pass_buffer(void)
{
	void *data;

	return posix_memalign(&data, PASS_ALIGNMENT, PASS_BYTES) ? NULL : data;
}

int device_fill(struct stress_device *device,
		const struct stress_options *options)
{
	u64 bytes = options->settings.device_bytes;
	u8 *data = pass_buffer();
	u64 offset, count;
	int error = 0;

	if (!data)
		return -ENOMEM;
	for (offset = 0; offset < bytes && !error; offset += count) {
		count = min_u64(PASS_BYTES, bytes - offset);
		fill_sectors(data, offset / SECTOR_BYTES, count / SECTOR_BYTES,
			     options);
		error = write_part(device->fd, data, count, offset);
	}
	free(data);
	if (!error && fdatasync(device->fd)) {
		error = -errno;
		complain("flush: %s", strerror(-error));
	}
	return error;
}

static void print_difference(const u8 *data, const u8 *other, u64 sector,
			     const struct stress_settings *settings)
{
	struct pattern_origin origin;
	char text[2][160];

	pattern_identify(data, &origin);
	pattern_describe(text[0], sizeof(text[0]), &origin, sector,
			 settings->seed);
	pattern_identify(other, &origin);
	pattern_describe(text[1], sizeof(text[1]), &origin, sector,
			 settings->seed);
	printf("sector %llu differs: %s; the other: %s\n", sector, text[0],
	       text[1]);
}

/* The end may lie within a block, which O_DIRECT reads as a whole only. */
static int read_part(int fd, u8 *data, u64 bytes, u64 offset)
{
	size_t whole = (bytes + PASS_ALIGNMENT - 1) & ~(PASS_ALIGNMENT - 1ULL);
	ssize_t done = pread(fd, data, whole, (off_t)offset);

	if (done < (ssize_t)bytes) {
		done = done < 0 ? -errno : -EIO;
		complain("read of %llu bytes at %llu: %s", bytes, offset,
			 strerror((int)-done));
		return (int)done;
	}
	memset(data + bytes, 0, whole - bytes);
	return 0;
}

static void compare_part(const u8 *data, const u8 *other, u64 bytes, u64 offset,
			 const struct stress_options *options,
			 u64 *differing_sectors)
{
	u64 at;

	for (at = 0; at < bytes; at += SECTOR_BYTES) {
		if (!memcmp(data + at, other + at, SECTOR_BYTES))
			continue;
		if ((*differing_sectors)++ < options->stop_after)
			print_difference(data + at, other + at,
					 (offset + at) / SECTOR_BYTES,
					 &options->settings);
	}
}

int device_compare(struct stress_device *device, struct stress_device *other,
		   const struct stress_options *options,
		   u64 *differing_sectors)
{
	u64 bytes = options->given & GIVEN_SIZE ?
		    options->settings.device_bytes : device->bytes;
	u8 *data[2] = { pass_buffer(), pass_buffer() };
	u64 offset, count;
	int error = data[0] && data[1] ? 0 : -ENOMEM;

	*differing_sectors = 0;
	for (offset = 0; offset < bytes && !error; offset += count) {
		count = min_u64(PASS_BYTES, bytes - offset);
		error = read_part(device->fd, data[0], count, offset);
		if (!error)
			error = read_part(other->fd, data[1], count, offset);
		if (!error)
			compare_part(data[0], data[1], count, offset, options,
				     differing_sectors);
	}
	free(data[0]);
	free(data[1]);
	return error;
}
