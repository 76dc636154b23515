// SPDX-License-Identifier: GPL-2.0-only
/*
 * I/O on files, block devices and memory.
 *
 * Invariant: I-DEV-1  No access outside [0, size_bytes).
 * Left out on purpose: asynchronous I/O; metadata is small.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fvd-device.h"
#include "fvd-loop.h"

/* Large enough that the call overhead does not count. */
#define BOUNCE_BYTES	1048576U

static int get_size(struct fvd_device *dev, struct fvd_error *error)
{
	unsigned long long nr_bytes;
	int sector_bytes;
	struct stat st;

	dev->sector_bytes = FVD_SECTOR_BYTES;
	if (fstat(dev->fd, &st))
		return fvd_error_set(error, -errno, "%s", strerror(errno));
	if (S_ISREG(st.st_mode)) {
		dev->size_bytes = st.st_size;
		dev->number = st.st_dev;
		dev->inode = st.st_ino;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return fvd_error_set(error, -ENOTBLK,
			"is neither a block device nor a regular file");
	if (ioctl(dev->fd, BLKGETSIZE64, &nr_bytes) ||
	    ioctl(dev->fd, BLKSSZGET, &sector_bytes))
		return fvd_error_set(error, -errno,
			"has no size: %s", strerror(errno));
	dev->is_block = true;
	dev->number = st.st_rdev;
	dev->size_bytes = nr_bytes;
	dev->sector_bytes = sector_bytes;
	return 0;
}

/*
 * How to open it. A directory, a terminal or a FIFO must not even be opened;
 * O_EXCL means something for new files and for block devices only.
 */
static int choose_mode(const char *path, unsigned int flags, int *mode,
		       struct fvd_error *error)
{
	struct stat st;

	*mode = (flags & FVD_DEVICE_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC;
	if (stat(path, &st)) {
		if (errno != ENOENT || !(flags & FVD_DEVICE_CREATE))
			return fvd_error_set(error, -errno, "%s",
					     strerror(errno));
		*mode |= O_CREAT | O_EXCL;
		return 0;
	}
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return fvd_error_set(error, -ENOTBLK,
			"is neither a block device nor a regular file");
	if (S_ISBLK(st.st_mode) && flags & FVD_DEVICE_EXCLUSIVE)
		*mode |= O_EXCL;
	return 0;
}

/*
 * A file has no exclusive open, but a loop device in front of it has. One that
 * nobody uses does not hinder a reader; a writer would change what it may have
 * cached.
 */
static int check_loop(const struct fvd_device *dev, bool is_writer,
		      struct fvd_error *error)
{
	const struct stat file = {
		.st_dev = dev->number, .st_ino = dev->inode,
	};
	char loop[FVD_LOOP_NAME_BYTES];

	if (dev->is_block || !fvd_loop_of(&file, !is_writer, loop))
		return 0;
	return fvd_error_set(error, -EBUSY, "is in use by %s", loop);
}

static void go_direct(struct fvd_device *dev)
{
	int mode = fcntl(dev->fd, F_GETFL);

	if (!dev->is_block || mode < 0)
		return;
	if (posix_memalign(&dev->bounce, FVD_PAGE_BYTES, BOUNCE_BYTES)) {
		dev->bounce = NULL;
		return;
	}
	if (fcntl(dev->fd, F_SETFL, mode | O_DIRECT)) {
		free(dev->bounce);
		dev->bounce = NULL;
	}
}

int fvd_device_open(struct fvd_device *dev, const char *path,
		    unsigned int flags, struct fvd_error *error)
{
	int mode, r;

	memset(dev, 0, sizeof(*dev));
	dev->fd = -1;
	r = choose_mode(path, flags, &mode, error);
	if (r)
		return r;
	dev->fd = open(path, mode, 0666);
	if (dev->fd < 0 && errno == EBUSY)
		return fvd_error_set(error, -EBUSY,
			"is in use (mounted, open as another device, or swap)");
	if (dev->fd < 0)
		return fvd_error_set(error, -errno, "%s", strerror(errno));
	dev->was_created = mode & O_CREAT;
	r = get_size(dev, error);
	if (!r && flags & FVD_DEVICE_EXCLUSIVE)
		r = check_loop(dev, flags & FVD_DEVICE_WRITE, error);
	if (r) {
		fvd_device_close(dev);
		return r;
	}
	if (flags & FVD_DEVICE_BUFFERED)
		posix_fadvise(dev->fd, 0, 0, POSIX_FADV_DONTNEED);
	else
		go_direct(dev);
	return 0;
}

void fvd_device_memory(struct fvd_device *dev, void *memory, u64 nr_bytes)
{
	memset(dev, 0, sizeof(*dev));
	dev->fd = -1;
	dev->memory = memory;
	dev->size_bytes = nr_bytes;
	dev->sector_bytes = FVD_SECTOR_BYTES;
}

void fvd_device_close(struct fvd_device *dev)
{
	if (dev->fd >= 0)
		close(dev->fd);
	dev->fd = -1;
	free(dev->bounce);
	dev->bounce = NULL;
}

bool fvd_device_same(const struct fvd_device *a, const struct fvd_device *b)
{
	return a->is_block == b->is_block && a->number == b->number &&
		a->inode == b->inode && !a->memory && !b->memory;
}

static int check_bounds(const struct fvd_device *dev, u64 offset, u64 nr,
			struct fvd_error *error)
{
	if (offset > dev->size_bytes || nr > dev->size_bytes - offset)
		return fvd_error_set(error, -ENXIO,
			"has %llu bytes, but %llu are needed at %llu",
			(unsigned long long)dev->size_bytes,
			(unsigned long long)nr, (unsigned long long)offset);
	return 0;
}

int fvd_device_read(struct fvd_device *dev, u64 offset_bytes, void *buffer,
		    u64 nr_bytes, struct fvd_error *error)
{
	int r = check_bounds(dev, offset_bytes, nr_bytes, error);
	u8 *to = buffer;
	ssize_t got;

	if (r)
		return r;
	if (dev->memory) {
		memcpy(to, dev->memory + offset_bytes, nr_bytes);
		return 0;
	}
	while (nr_bytes) {
		u64 part = min_t(u64, nr_bytes, BOUNCE_BYTES);

		got = pread(dev->fd, dev->bounce ?: to, part, offset_bytes);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fvd_error_set(error, got ? -errno : -EIO,
				"can not be read at %llu: %s",
				(unsigned long long)offset_bytes,
				got ? strerror(errno) : "unexpected end");
		if (dev->bounce)
			memcpy(to, dev->bounce, got);
		to += got;
		offset_bytes += got;
		nr_bytes -= got;
	}
	return 0;
}

int fvd_device_write(struct fvd_device *dev, u64 offset_bytes,
		     const void *buffer, u64 nr_bytes, struct fvd_error *error)
{
	int r = check_bounds(dev, offset_bytes, nr_bytes, error);
	const u8 *from = buffer;
	ssize_t put;

	if (r)
		return r;
	if (dev->memory) {
		memcpy(dev->memory + offset_bytes, from, nr_bytes);
		return 0;
	}
	while (nr_bytes) {
		u64 part = min_t(u64, nr_bytes, BOUNCE_BYTES);

		if (dev->bounce)
			memcpy(dev->bounce, from, part);
		put = pwrite(dev->fd, dev->bounce ?: from, part, offset_bytes);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return fvd_error_set(error, put ? -errno : -EIO,
				"can not be written at %llu: %s",
				(unsigned long long)offset_bytes,
				strerror(put ? errno : EIO));
		from += put;
		offset_bytes += put;
		nr_bytes -= put;
	}
	return 0;
}

u64 fvd_device_extent(const struct fvd_device *dev, u64 offset_bytes,
		      u64 nr_bytes, bool *is_hole)
{
	off_t next;

	*is_hole = offset_bytes >= dev->size_bytes;
	if (*is_hole)
		return nr_bytes;
	nr_bytes = min(nr_bytes, dev->size_bytes - offset_bytes);
	if (dev->is_block || dev->memory)
		return nr_bytes;
	next = lseek(dev->fd, offset_bytes, SEEK_DATA);
	*is_hole = next < 0 ? errno == ENXIO : next > offset_bytes;
	if (!*is_hole)
		next = lseek(dev->fd, offset_bytes, SEEK_HOLE);
	/* The last extent, or a file system that does not tell. */
	return next < 0 ? nr_bytes : min(nr_bytes, (u64)next - offset_bytes);
}

static bool zero_quickly(struct fvd_device *dev, u64 offset, u64 nr)
{
	uint64_t range[2] = { offset, nr };

	if (dev->memory) {
		memset(dev->memory + offset, 0, nr);
		return true;
	}
	if (dev->is_block)
		return !ioctl(dev->fd, BLKZEROOUT, range);
	return !fallocate(dev->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			  offset, nr);
}

int fvd_device_zero(struct fvd_device *dev, u64 offset_bytes, u64 nr_bytes,
		    struct fvd_error *error)
{
	int r = check_bounds(dev, offset_bytes, nr_bytes, error);
	void *zeros;

	if (r || !nr_bytes || zero_quickly(dev, offset_bytes, nr_bytes))
		return r;
	zeros = calloc(1, BOUNCE_BYTES);
	if (!zeros)
		return fvd_error_set(error, -ENOMEM, "out of memory");
	while (!r && nr_bytes) {
		u64 part = min_t(u64, nr_bytes, BOUNCE_BYTES);

		r = fvd_device_write(dev, offset_bytes, zeros, part, error);
		offset_bytes += part;
		nr_bytes -= part;
	}
	free(zeros);
	return r;
}

int fvd_device_flush(struct fvd_device *dev, struct fvd_error *error)
{
	if (dev->fd >= 0 && fsync(dev->fd))
		return fvd_error_set(error, -errno, "can not be flushed: %s",
				     strerror(errno));
	return 0;
}

int fvd_device_resize(struct fvd_device *dev, u64 nr_bytes,
		      struct fvd_error *error)
{
	if (dev->memory || dev->is_block)
		return fvd_error_set(error, -EINVAL,
			"has a fixed size of %llu bytes, %llu are needed",
			(unsigned long long)dev->size_bytes,
			(unsigned long long)nr_bytes);
	errno = EFBIG;
	if (nr_bytes > S64_MAX || ftruncate(dev->fd, nr_bytes))
		return fvd_error_set(error, -errno,
			"can not be made %llu bytes long: %s",
			(unsigned long long)nr_bytes, strerror(errno));
	dev->size_bytes = nr_bytes;
	return 0;
}
