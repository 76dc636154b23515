// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing an access profile to a file.
 *
 * Only a profile is replaced by a profile: who mixes up the operands of "export"
 * and "import" must not lose an image.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "profile-file.h"

static bool write_all(int fd, const struct profile_file *file)
{
	u64 at = 0;
	ssize_t nr;

	while (at < file->nr_bytes) {
		nr = write(fd, file->bytes + at, file->nr_bytes - at);
		if (nr < 0 && errno != EINTR)
			return false;
		if (nr > 0)
			at += nr;
	}
	return true;
}

static int failed(const char *path)
{
	message(path, "%s", strerror(errno));
	return EXIT_FAILED;
}

/* A new file, then its name: never half a profile. */
static int write_new(const struct profile_file *file, const char *path)
{
	char temporary[PATH_MAX];
	int fd, r = EXIT_OK;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >=
	    (int)sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return failed(path);
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return failed(path);
	if (!write_all(fd, file) || fchmod(fd, 0644) || fsync(fd) ||
	    rename(temporary, path)) {
		r = failed(path);
		unlink(temporary);
	}
	close(fd);
	return r;
}

/* The name that is replaced is the file's, not that of a link to it. */
static int replace(const struct profile_file *file, const char *path,
		   u64 nr_bytes)
{
	char *real_path;
	int r;

	if (nr_bytes && !profile_file_is(path)) {
		message(path, "is there, and is no profile that could be replaced");
		return EXIT_REFUSED;
	}
	real_path = realpath(path, NULL);
	if (!real_path)
		return failed(path);
	r = write_new(file, real_path);
	free(real_path);
	return r;
}

static int write_stream(const struct profile_file *file, const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return failed(path);
	r = write_all(fd, file) ? EXIT_OK : failed(path);
	close(fd);
	return r;
}

int profile_file_write(const struct profile_file *file, const char *path)
{
	struct stat st;

	if (!strcmp(path, "-"))
		return write_all(STDOUT_FILENO, file) ? EXIT_OK :
							failed("stdout");
	if (stat(path, &st))
		return errno == ENOENT ? write_new(file, path) : failed(path);
	if (S_ISREG(st.st_mode))
		return replace(file, path, st.st_size);
	if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode))
		return write_stream(file, path);
	message(path, "is neither a file nor a stream, expected a place for a profile");
	return EXIT_REFUSED;
}
